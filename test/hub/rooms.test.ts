import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AccountPrincipal, Principal } from '../../src/lib/identity/index.ts';
import { Cast } from '../support/cast.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { Stage } from '../support/stage.ts';

const GRACE_MS = 1000;
let local: LocalHub;
let stranger: Principal;
beforeAll(async () => {
  local = await startLocalHub({ MEMBER_GRACE_MS: `${GRACE_MS}`, MEDIA_WORKERS: '1' });
  stranger = (await new Cast(local.hub).gather('consult')).as('specialist');
});
afterAll(() => local?.close());

const open = (kind?: 'consult' | 'surgery') => Stage.open(local.hub, kind);

describe('the lobby', () => {
  it('keeps out who is not expected until somebody who may lets them in', async () => {
    const room = await open();
    await room.enter('rural_doctor');
    expect(await room.do(stranger, 'room.join')).toMatchObject({ outcome: 'waiting' });
    expect((await room.ask(stranger, 'room.sync', { sinceSeq: 0 })).code).toBe('not_a_member');
    await room.do('rural_doctor', 'lobby.admit', { memberId: stranger.principalId });
    expect(room.toldTo(stranger, 'lobby.answered')).toMatchObject([{ outcome: 'admitted' }]);
    expect(await room.do(stranger, 'room.join')).toMatchObject({ outcome: 'joined', role: 'specialist' });
    expect((await room.state()).knocks).toEqual({});
  });

  it('lets nobody in who was refused; whoever has gone again cannot be admitted', async () => {
    const room = await open();
    await room.enter('rural_doctor');
    const memberId = stranger.principalId;
    await room.do(stranger, 'room.join');
    await room.do('rural_doctor', 'lobby.refuse', { memberId });
    expect(room.toldTo(stranger, 'lobby.answered')).toMatchObject([{ outcome: 'refused' }]);
    expect(await room.do(stranger, 'room.join')).toMatchObject({ outcome: 'waiting' });
    await room.do(stranger, 'room.withdraw');
    expect((await room.ask('rural_doctor', 'lobby.admit', { memberId })).code).toBe('not_found');
    await room.do(stranger, 'room.join');
    await room.drop(stranger);
    expect((await room.state()).knocks).toEqual({});
    expect((await room.ask('rural_doctor', 'lobby.admit', { memberId })).code).toBe('not_found');
    expect(await room.do(stranger, 'room.join')).toMatchObject({ outcome: 'waiting' });
  });

  it('takes an admission not back when two people give it at once', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist');
    await room.do(stranger, 'room.join');
    const data = { memberId: stranger.principalId };
    const answers = await Promise.all([
      room.ask('rural_doctor', 'lobby.admit', data),
      room.ask('specialist', 'lobby.admit', data),
    ]);
    expect(answers.map(({ code }) => code)).toEqual(['ok', 'not_found']);
    expect(await room.do(stranger, 'room.join')).toMatchObject({ outcome: 'joined' });
  });

  it('is where the removed come back to, though they are listed, until they are let in again', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'nurse');
    const { principalId: memberId } = room.as('nurse');
    await room.do('rural_doctor', 'member.remove', { memberId });
    expect(room.toldTo('nurse', 'room.dismissed')).toMatchObject([{ reason: 'removed' }]);
    expect((await room.ask('nurse', 'hand.raise', { raised: true })).code).toBe('not_a_member');
    expect(await room.do('nurse', 'room.join')).toMatchObject({ outcome: 'waiting' });
    await room.do('rural_doctor', 'lobby.admit', { memberId });
    await room.enter('nurse');
    await room.do('nurse', 'room.leave');
    expect(await room.do('nurse', 'room.join')).toMatchObject({ outcome: 'joined' });
  });

  it('is not passed by coming back at the very moment of the removal', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'nurse');
    const back = room.askElsewhere('nurse', 'room.join').catch((error: unknown) => error);
    await room.do('rural_doctor', 'member.remove', { memberId: room.as('nurse').principalId });
    expect(await back).toMatchObject({ code: 'conflict' });
    expect(await room.member('nurse')).toBeUndefined();
    expect(await room.do('nurse', 'room.join')).toMatchObject({ outcome: 'waiting' });
  });

  it('has no invitation for a role that the kind of room does not know', async () => {
    const room = await open('surgery');
    await room.enter('surgeon');
    const guest = { name: '患者', role: 'patient', validMinutes: 30 };
    expect((await room.ask('surgeon', 'invitation.create', guest)).code).toBe('forbidden');
    expect((await room.ask('surgeon', 'invitation.create', { ...guest, role: 'observer' })).code).toBe('ok');
  });
});

describe('the host', () => {
  it('is the first who may be, and when it leaves the next', async () => {
    const room = await open();
    await room.enter('nurse');
    expect((await room.state()).hostMemberId).toBeNull();
    await room.enter('specialist', 'observer', 'rural_doctor');
    expect((await room.state()).hostMemberId).toBe(room.as('specialist').principalId);
    await room.do('specialist', 'room.leave');
    expect((await room.state()).hostMemberId).toBe(room.as('rural_doctor').principalId);
    await room.do('rural_doctor', 'room.leave');
    expect((await room.state()).hostMemberId).toBeNull();
  });

  it('hands over to somebody who is there and may be host, and is then a member like others', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist', 'nurse', 'sonographer');
    const to = (role: string) =>
      room.ask('rural_doctor', 'host.transfer', { memberId: room.as(role).principalId });
    expect((await to('nurse')).code).toBe('forbidden');
    expect((await to('interpreter')).code).toBe('not_found');
    await room.drop('sonographer');
    expect((await to('sonographer')).code).toBe('out_of_order');
    expect((await to('specialist')).code).toBe('ok');
    expect((await room.state()).hostMemberId).toBe(room.as('specialist').principalId);
    expect((await room.ask('rural_doctor', 'room.end')).code).toBe('forbidden');
  });
});

describe('chat', () => {
  it('is in the order of the log, and a message sent again is one message', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist');
    const lines = Array.from({ length: 12 }, (_, index) => ({ messageId: randomUUID(), text: `${index}` }));
    const who = (index: number) => (index % 2 ? 'specialist' : 'rural_doctor');
    const twice = [...lines.keys()].flatMap((index) => [index, index]);
    const answers = await Promise.all(
      twice.map((index) => room.do(who(index), 'chat.send', { ...lines[index] })),
    );
    expect((await room.state()).chat.map(({ text }) => text)).toEqual(lines.map(({ text }) => text));
    const seqs = answers.filter((_, index) => index % 2 === 0).map(({ seq }) => Number(seq));
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect((await room.ask('specialist', 'chat.send', { ...lines[0] })).code).toBe('conflict');
  });
});

describe('presence', () => {
  it('keeps place, hand and office of who comes back in time', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist');
    await room.do('rural_doctor', 'hand.raise', { raised: true });
    await room.drop('rural_doctor');
    expect(await room.member('rural_doctor')).toMatchObject({ connected: false, handRaised: true });
    const { seq } = await room.state();
    await room.enter('rural_doctor');
    expect(await room.member('rural_doctor')).toMatchObject({ connected: true, handRaised: true });
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS + 200));
    expect(await room.member('rural_doctor')).toBeDefined();
    expect((await room.state()).hostMemberId).toBe(room.as('rural_doctor').principalId);
    expect((await room.state()).seq).toBe(seq + 1);
  });

  it('ends after the grace time, and the office passes on', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist');
    await room.drop('rural_doctor');
    await vi.waitFor(async () => expect(await room.member('rural_doctor')).toBeUndefined(), 5000);
    await vi.waitFor(async () =>
      expect((await room.state()).hostMemberId).toBe(room.as('specialist').principalId),
    );
    // Lost is not removed: the door is open.
    expect(await room.do('rural_doctor', 'room.join')).toMatchObject({ outcome: 'joined' });
  });

  it('belongs to the newest connection, also when the older one leaves just then', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist');
    await room.askElsewhere('rural_doctor', 'room.join');
    expect(room.toldTo('rural_doctor', 'room.dismissed')).toMatchObject([{ reason: 'replaced' }]);
    expect((await room.ask('rural_doctor', 'room.leave')).code).toBe('not_a_member');
    const [, joined] = await Promise.all([
      room.do('specialist', 'room.leave'),
      room.askElsewhere('specialist', 'room.join'),
    ]);
    expect(joined).toMatchObject({ outcome: 'joined' });
    await room.askElsewhere('specialist', 'hand.raise', { raised: true });
    expect(await room.member('specialist')).toMatchObject({ handRaised: true });
  });

  it('is for one of two connections that come in at once, never for both', async () => {
    const room = await open();
    await room.enter('rural_doctor');
    const answers = await Promise.allSettled([
      room.do('rural_doctor', 'room.join'),
      room.askElsewhere('rural_doctor', 'room.join'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await room.askElsewhere('rural_doctor', 'hand.raise', { raised: true });
    expect(await room.member('rural_doctor')).toMatchObject({ connected: true, handRaised: true });
  });
});

describe('boxes', () => {
  const boxIdOf = (room: Stage) => (room.as('box') as { boxId: string }).boxId;
  const servedBy = async (room: Stage) =>
    ((await room.cast.ask(room.as('box'), 'box.hello', { version: '1' })).data as { roomId: string | null })
      .roomId;

  it('serve one room, and are let go by that room only', async () => {
    const [room, other] = [await open(), await open()];
    await room.enter('rural_doctor', 'box');
    await other.enter('rural_doctor');
    const [boxId, theirs] = [boxIdOf(room), boxIdOf(other)];
    expect((await room.ask('rural_doctor', 'box.attach', { boxId: theirs })).code).toBe('not_found');
    expect((await other.ask('rural_doctor', 'box.detach', { boxId })).code).toBe('not_found');
    expect(room.toldTo('box', 'box.assigned')).toEqual([]);
    expect(await servedBy(room)).toBe(room.roomId);
    await room.do('rural_doctor', 'box.detach', { boxId });
    await vi.waitFor(() => expect(room.toldTo('box', 'box.assigned')).toEqual([{ roomId: null }]));
    expect(await room.member('box')).toBeUndefined();
    expect(await servedBy(room)).toBeNull();
    expect((await room.ask('box', 'room.join')).code).toBe('forbidden');
  });

  it('that a host removes do not come back by themselves', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'box');
    await room.do('rural_doctor', 'member.remove', { memberId: room.as('box').principalId });
    expect((await room.ask('box', 'room.join')).code).toBe('forbidden');
    await room.do('rural_doctor', 'box.attach', { boxId: boxIdOf(room) });
    await room.enter('box');
  });

  it('that are taken leave no room behind that was to have them', async () => {
    const room = await open();
    const doctor = room.as('rural_doctor') as AccountPrincipal;
    const before = await local.hub.rooms.listFor(doctor);
    const creating = local.hub.rooms.create(doctor, {
      kind: 'consult',
      title: '第二间',
      patient: null,
      participants: [{ accountId: doctor.accountId, role: 'rural_doctor' }],
      boxId: boxIdOf(room),
    });
    await expect(creating).rejects.toMatchObject({ code: 'conflict' });
    expect(await local.hub.rooms.listFor(doctor)).toEqual(before);
  });

  it('are free when their room has ended, and nobody comes in any more', async () => {
    const room = await open();
    await room.enter('rural_doctor', 'specialist');
    await room.do('rural_doctor', 'room.end');
    expect(await room.cast.isOpen()).toBe(false);
    expect(await room.state()).toMatchObject({ status: 'ended', members: {}, boxes: {}, hostMemberId: null });
    expect(await servedBy(room)).toBeNull();
    await vi.waitFor(() => expect(room.toldTo('box', 'box.assigned')).toEqual([{ roomId: null }]));
    for (const type of ['room.join', 'room.leave'] as const)
      expect((await room.ask('specialist', type)).code, type).toBe('room_ended');
  });
});
