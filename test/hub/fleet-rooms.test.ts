import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { AccountPrincipal, BoxPrincipal } from '../../src/lib/identity/index.ts';
import { account, institution } from '../../src/lib/storage/index.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { Stage } from '../support/stage.ts';

let local: LocalHub;
beforeAll(async () => {
  local = await startLocalHub();
});
afterAll(() => local?.close());

/** An administrator of the institution that the box is of. */
async function administrator({ institutionId }: BoxPrincipal): Promise<AccountPrincipal> {
  const accountId = `admin-${institutionId}`;
  const roles: AccountPrincipal['roles'] = ['administrator'];
  await local.hub.inside.db.insert(account).values({
    id: accountId,
    username: accountId,
    displayName: '管理员',
    passwordHash: 'none',
    roles,
    institutionId,
  });
  return { kind: 'account', principalId: `a_${accountId}`, accountId, name: '管理员', roles, institutionId };
}

it.each(['move', 'revoke'] as const)(
  '%s takes the box out of the room that it serves, and those in it see so',
  async (how) => {
    const stage = await Stage.open(local.hub);
    await stage.enter('rural_doctor', 'box');
    const box = stage.as('box') as BoxPrincipal;
    const admin = await administrator(box);
    const elsewhere = `other-${box.boxId}`;
    await local.hub.inside.db.insert(institution).values({ id: elsewhere, name: elsewhere });
    expect((await stage.state()).boxes[box.boxId]).toBeDefined();

    if (how === 'move') await local.hub.fleet.move(admin, box.boxId, elsewhere);
    else await local.hub.fleet.revoke(admin, box.boxId);

    const state = await stage.state();
    expect(state.boxes[box.boxId]).toBeUndefined();
    expect(state.members[box.principalId]).toBeUndefined();
    await vi.waitFor(() => expect(stage.toldTo('box', 'box.assigned')).toContainEqual({ roomId: null }));
    expect((await stage.ask('box', 'room.join')).code).not.toBe('ok');
  },
);
