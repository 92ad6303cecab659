import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { AccountPrincipal, BoxPrincipal } from '../../src/lib/identity/index.ts';
import { account, box, boxCall, institution, room } from '../../src/lib/storage/index.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { Stage } from '../support/stage.ts';

let local: LocalHub;
beforeAll(async () => {
  local = await startLocalHub();
});
afterAll(() => local?.close());

const calls = () => local.hub.rooms.calls;

/** A box without a room, and an institution of its own. */
async function freeBox(): Promise<BoxPrincipal> {
  const id = randomUUID().slice(0, 8);
  const { db } = local.hub.inside;
  await db.insert(institution).values({ id: `i_${id}`, name: `i_${id}` });
  await db.insert(box).values({
    id: `x_${id}`,
    name: '青山乡',
    institutionId: `i_${id}`,
    publicKey: id,
    status: 'enrolled',
    enrolledAt: new Date(),
  });
  return {
    kind: 'box',
    principalId: `b_x_${id}`,
    boxId: `x_${id}`,
    name: '青山乡',
    institutionId: `i_${id}`,
  };
}

async function person(
  role: AccountPrincipal['roles'][number],
  institutionId: string,
): Promise<AccountPrincipal> {
  const accountId = `p-${randomUUID().slice(0, 8)}`;
  const roles = [role];
  await local.hub.inside.db.insert(account).values({
    id: accountId,
    username: accountId,
    displayName: `某${role}`,
    passwordHash: 'none',
    roles,
    institutionId,
  });
  return {
    kind: 'account',
    principalId: `a_${accountId}`,
    accountId,
    name: `某${role}`,
    roles,
    institutionId,
  };
}

async function stranger(role: AccountPrincipal['roles'][number]): Promise<AccountPrincipal> {
  return person(role, (await freeBox()).institutionId);
}

const idsFor = async (who: AccountPrincipal) => (await calls().listFor(who)).map(({ callId }) => callId);

it('a call reaches those of the institution and dispatchers, and nobody else; one of them answers', async () => {
  const from = await freeBox();
  const [colleague, dispatcher, other] = [
    await person('specialist', from.institutionId),
    await stranger('dispatcher'),
    await stranger('specialist'),
  ];
  const nurse = await person('nurse', from.institutionId);
  const callId = randomUUID();
  expect(await calls().call(from, { callId, reason: '胎心慢' })).toMatchObject({ state: 'open', by: null });
  // Sent again after a lost answer.
  expect(await calls().call(from, { callId })).toMatchObject({ callId, state: 'open' });
  expect(await calls().listFor(colleague)).toMatchObject([{ callId, boxName: '青山乡', reason: '胎心慢' }]);
  expect(await idsFor(dispatcher)).toContain(callId);
  expect(await idsFor(other)).toEqual([]);
  expect(await idsFor(nurse)).toEqual([]);
  await expect(calls().answer(other, callId)).rejects.toMatchObject({ code: 'not_found' });
  await expect(calls().answer(nurse, callId)).rejects.toMatchObject({ code: 'forbidden' });

  const answers = await Promise.allSettled([
    calls().answer(colleague, callId),
    calls().answer(dispatcher, callId),
  ]);
  const rooms = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.roomId] : []));
  expect(rooms.length).toBe(1);
  const after = await calls().call(from, { callId });
  expect(after).toMatchObject({ state: 'answered', roomId: rooms[0] });
  expect(after.by).toBe(answers[0].status === 'fulfilled' ? colleague.name : dispatcher.name);
  // The box is in it.
  const hello = await local.hub.rooms.dispatch({
    principal: from,
    connectionId: 'c_box',
    type: 'box.hello',
    data: { version: '1' },
  });
  expect(hello).toMatchObject({ roomId: rooms[0] });
  expect(await idsFor(colleague)).toEqual([]);
});

it('a box that serves a room brings who answers into that room', async () => {
  const stage = await Stage.open(local.hub);
  const from = stage.as('box') as BoxPrincipal;
  const callId = randomUUID();
  await calls().call(from, { callId });
  const dispatcher = await stranger('dispatcher');
  expect(await calls().answer(dispatcher, callId)).toEqual({ roomId: stage.roomId });
  expect((await local.hub.rooms.summaryFor(dispatcher, stage.roomId)).role).toBe('dispatcher');
  await vi.waitFor(() =>
    expect(stage.toldTo(from, 'box.callChanged')).toContainEqual(
      expect.objectContaining({ callId, state: 'answered', by: dispatcher.name }),
    ),
  );
});

it('ends by either side, by time, and by the next call of the box', async () => {
  const from = await freeBox();
  const colleague = await person('rural_doctor', from.institutionId);
  const [cancelled, declined, expired, last] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await calls().call(from, { callId: cancelled });
  expect(await calls().cancel(from, cancelled)).toMatchObject({ state: 'cancelled' });
  await expect(calls().answer(colleague, cancelled)).rejects.toMatchObject({ code: 'not_found' });

  await calls().call(from, { callId: declined });
  await calls().decline(colleague, declined);
  expect(await calls().call(from, { callId: declined })).toMatchObject({
    state: 'declined',
    by: colleague.name,
  });

  await calls().call(from, { callId: expired });
  await local.hub.inside.db.update(boxCall).set({ expiresAt: new Date(Date.now() - 1) });
  expect(await calls().call(from, { callId: expired })).toMatchObject({ state: 'expired' });
  expect(await idsFor(colleague)).toEqual([]);

  await calls().call(from, { callId: last });
  expect(await idsFor(colleague)).toEqual([last]);
  const thief = await freeBox();
  await expect(calls().call(thief, { callId: last })).rejects.toMatchObject({ code: 'conflict' });
  await expect(calls().cancel(thief, last)).rejects.toMatchObject({ code: 'not_found' });
});

it('what the box says of patient and side is seen by all in the room, and refused for another patient', async () => {
  const stage = await Stage.open(local.hub);
  const patient = {
    maskedName: '张*华',
    sex: 'female',
    ageYears: 63,
    maskedId: '****1234',
    laterality: 'unset',
  } as const;
  await local.hub.inside.db.update(room).set({ patient }).where(eq(room.id, stage.roomId));
  await stage.enter('rural_doctor', 'box');
  const confirm = (maskedId: string) =>
    stage.ask('box', 'box.confirmPatient', {
      patient: { maskedName: patient.maskedName, maskedId },
      laterality: 'left',
    });
  expect((await confirm('****9999')).code).toBe('conflict');
  expect((await confirm(patient.maskedId)).code).toBe('ok');
  const { state } = await stage.do('rural_doctor', 'room.join');
  expect(state).toMatchObject({
    patient: { ...patient, laterality: 'left' },
    confirmation: { memberId: stage.as('box').principalId, laterality: 'left' },
  });
});
