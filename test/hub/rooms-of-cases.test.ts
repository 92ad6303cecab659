import { rm } from 'node:fs/promises';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { consultAt } from '../../src/lib/clinic/testing/consult-walk.ts';
import { addBox, examInRoom } from '../../src/lib/clinic/testing/exam-day.ts';
import type { ClinicWorld, WorldInstitution } from '../../src/lib/clinic/testing/clinic-world.ts';
import type { AccountPrincipal, BoxPrincipal, Principal } from '../../src/lib/identity/index.ts';
import { videoParameters } from '../../src/lib/sfu/testing/parameters.ts';
import {
  applyEvent,
  emptyRoom,
  HubError,
  type AccountRole,
  type Notice,
  type RoomState,
} from '../../src/lib/signaling/contract/index.ts';
import {
  startEmbeddedPostgres,
  startEmbeddedRedis,
  type EmbeddedPostgres,
  type EmbeddedRedis,
} from '../../src/lib/storage/embedded/index.ts';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';
import { account, institution, patient } from '../../src/lib/storage/index.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';

/** Rooms live at one node; the steps of their cases are taken at the other. */
let home: LocalHub;
let other: LocalHub;
let postgres: EmbeddedPostgres;
let redis: EmbeddedRedis;
let dataDir: string;
let box: BoxPrincipal;
const people = new Map<string, AccountPrincipal>();
const told: { to: string; notice: Notice }[] = [];

const person = (role: AccountRole, at: WorldInstitution = 'county') => people.get(`${role}-${at}`)!;
/** As much of a clinic's world as walks through cases need, at the node that is nobody's home. */
const world = () =>
  ({
    clinic: other.hub.clinic,
    db: other.hub.inside.db,
    person,
    patientId: 'zhang',
  }) as unknown as ClinicWorld;

beforeAll(async () => {
  const log = pino({ level: 'silent' });
  dataDir = await temporaryDataDir();
  [postgres, redis] = await Promise.all([
    startEmbeddedPostgres({ dataDir, log }),
    startEmbeddedRedis({ dataDir, log }),
  ]);
  const shared = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, MEDIA_WORKERS: '1' };
  home = await startLocalHub({ ...shared, NODE_ID: 'node-home' });
  other = await startLocalHub({ ...shared, NODE_ID: 'node-other' });
  const { db, bus } = home.hub.inside;
  bus.onConnectionNotice((to, notice) => told.push({ to, notice }));
  bus.onPrincipalNotice((to, notice) => told.push({ to, notice }));
  await db.insert(institution).values(['county', 'city'].map((id) => ({ id, name: id })));
  for (const [role, at] of [
    ['rural_doctor', 'county'],
    ['sonographer', 'county'],
    ['specialist', 'city'],
    ['dispatcher', 'city'],
  ] as const) {
    const id = `${role}-${at}`;
    const own = { id, username: id, displayName: id, passwordHash: 'none', institutionId: at };
    await db.insert(account).values({ ...own, roles: [role] });
    people.set(id, {
      ...{ kind: 'account', principalId: `a_${id}`, accountId: id, name: id },
      ...{ roles: [role], institutionId: at },
    });
  }
  await db.insert(patient).values(
    [
      { id: 'zhang', name: '张桂华' },
      { id: 'li-patient', name: '李秀英' },
    ].map((each) => ({
      ...{ ...each, institutionId: 'county', pinyin: 'x', pinyinInitials: 'x', sex: 'female' as const },
      ...{ idKind: 'resident_id' as const, idMasked: '5329**********0428', birthDate: '1961-03-02' },
      createdBy: person('rural_doctor').accountId,
    })),
  );
  box = await addBox(world(), 'box-county');
});
afterAll(async () => {
  await other?.close();
  await home?.close();
  await redis?.stop();
  await postgres?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A room of a case, whose home is made by the first who comes in. */
class CaseRoom {
  readonly caseId: string;
  readonly roomId: string;
  #state: RoomState;

  constructor(caseId: string, roomId: string) {
    this.caseId = caseId;
    this.roomId = roomId;
    this.#state = emptyRoom({ roomId, kind: 'consult', title: '', patient: null, openedAtMs: 0 });
  }

  static async of(caseId: string): Promise<CaseRoom> {
    const { roomId } = await other.hub.clinic.cases.get(person('rural_doctor'), caseId);
    return new CaseRoom(caseId, roomId!);
  }

  async ask(who: Principal, type: string, data: object = {}): Promise<Record<string, unknown>> {
    const call = { principal: who, connectionId: `c_${who.principalId}` };
    const answer = await home.hub.rooms.dispatch({
      ...call,
      type: type as never,
      data: { roomId: this.roomId, ...data },
    });
    const { state } = answer as { state?: RoomState };
    if (state) this.#state = state;
    return answer as Record<string, unknown>;
  }

  async code(who: Principal, type: string, data: object = {}): Promise<string> {
    return this.ask(who, type, data).then(
      () => 'ok',
      (error: unknown) => (error instanceof HubError ? error.code : String(error)),
    );
  }

  /** As the log has it by now. */
  async state(): Promise<RoomState> {
    const events = await home.hub.inside.bus.log.readSince(this.roomId, this.#state.seq);
    if (events === 'trimmed') throw new Error('trimmed');
    this.#state = events.reduce(applyEvent, this.#state);
    return this.#state;
  }

  /** A step of the case, at the other node. */
  take(who: AccountPrincipal, step: string, input: object = {}) {
    return other.hub.clinic.cases.take(who, this.caseId, step, input);
  }

  async publish(who: Principal): Promise<void> {
    const { id: transportId } = await this.ask(who, 'media.createTransport', { direction: 'send' });
    await this.ask(who, 'media.produce', {
      ...{ transportId, slot: 'scope', kind: 'video', streamClass: 'clinical', label: '超声' },
      ...{ paused: false, rtpParameters: videoParameters(4711) },
    });
  }
}

const soon = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 5_000, interval: 50 });
const shown = { maskedName: '张*华', maskedId: '5329**********0428' };

it('an exam’s room takes the box’s word for the bedside, stops with its case, and ends with it', async () => {
  const [probe, expert] = [person('sonographer'), person('specialist', 'city')];
  const room = await CaseRoom.of(await examInRoom(world(), { boxId: box.boxId, expert }));
  const assigned = { type: 'box.assigned', data: { roomId: room.roomId } } as const;
  await soon(async () => expect(told).toContainEqual({ to: box.principalId, notice: assigned }));
  for (const who of [probe, expert, box]) await room.ask(who, 'room.join');
  await room.publish(probe);
  const caseNow = () => other.hub.clinic.cases.get(expert, room.caseId);
  const confirm = { patient: shown, laterality: 'left' };

  await room.ask(box, 'box.confirmPatient', confirm);
  expect((await caseNow()).data).toMatchObject({
    identification: { bedside: { laterality: 'left', by: null } },
  });
  expect(await room.state()).toMatchObject({ confirmation: { memberId: box.principalId } });
  // The far end only: nobody beside the patient has to say it again.
  const sure = { name: '张桂华', laterality: 'left' };
  expect((await room.take(expert, 'confirmFarEnd', sure)).state).toBe('examining');

  await room.take(expert, 'confirmFarEnd', { ...sure, name: '李秀英' });
  await soon(async () => expect((await room.state()).frozenSinceMs).toBeGreaterThan(0));
  expect((await room.state()).confirmation).toBeUndefined();
  expect(await room.code(box, 'box.confirmPatient', confirm)).toBe('conflict');
  await room.take(probe, 'reidentify', { earlierPictures: 'void', reason: '叫错人' });
  await soon(async () => expect((await room.state()).frozenSinceMs).toBeUndefined());

  // The other side than ordered: the box's word stops the exam, and its room at once.
  expect(await room.code(box, 'box.confirmPatient', { ...confirm, laterality: 'right' })).toBe('conflict');
  expect((await caseNow()).state).toBe('frozen');
  await soon(async () => expect((await room.state()).frozenSinceMs).toBeGreaterThan(0));
  expect((await room.state()).patient).toMatchObject({ laterality: 'left' });

  expect(Object.keys((await room.state()).feeds)).toHaveLength(1);
  await room.take(probe, 'voidOrder', { reason: '医嘱属另一位患者' });
  await soon(async () =>
    expect(await room.state()).toMatchObject({ status: 'ended', members: {}, feeds: {}, boxes: {} }),
  );
  await soon(async () =>
    expect(told).toContainEqual({
      to: box.principalId,
      notice: { type: 'box.assigned', data: { roomId: null } },
    }),
  );
  expect(await room.code(probe, 'media.createTransport', { direction: 'send' })).toBe('room_ended');
  expect(home.hub.inside.media.stats().reduce((sum, { rooms }) => sum + rooms, 0)).toBe(0);
  expect(await room.code(expert, 'room.join')).toBe('room_ended');
});

it('a consult’s room shows the right patient once the case is theirs, and lets nobody stay who was replaced', async () => {
  const [doctor, specialist] = [person('rural_doctor'), person('specialist', 'city')];
  const clock = { nowMs: Date.now() };
  const room = await CaseRoom.of(await consultAt({ ...world(), clock }, 'in_session'));
  const dismissed: string[] = [];
  for (const who of [doctor, specialist]) await room.ask(who, 'room.join');
  const stop = await home.hub.inside.bus.rooms.watch(room.roomId, {
    onEvent: () => undefined,
    onNotice: (notice) => {
      if (notice.type === 'room.dismissed') dismissed.push(notice.data.reason);
    },
  });
  expect((await room.state()).patient).toMatchObject({ maskedName: '张*华' });
  await room.take(specialist, 'wrongPatient', { reason: '姓名不符' });
  await soon(async () => expect((await room.state()).frozenSinceMs).toBeGreaterThan(0));
  await room.take(doctor, 'reidentify', { patientId: 'li-patient', consentStands: true });
  await soon(async () => expect((await room.state()).patient).toMatchObject({ maskedName: '李*英' }));
  expect((await room.state()).frozenSinceMs).toBeUndefined();

  await room.take(specialist, 'drop', { reason: '急诊手术' });
  await soon(async () => expect(Object.keys((await room.state()).members)).toEqual([doctor.principalId]));
  expect(told).toContainEqual({
    to: `c_${specialist.principalId}`,
    notice: { type: 'room.dismissed', data: { roomId: room.roomId, reason: 'removed' } },
  });
  expect((await room.state()).barred).toEqual([]);
  expect(await room.code(specialist, 'media.createTransport', { direction: 'receive' })).toBe('not_a_member');

  await room.take(doctor, 'stop', { reason: '质量风险' });
  await soon(async () => expect((await room.state()).status).toBe('ended'));
  await soon(async () => expect(dismissed).toEqual(['ended']));
  stop();
});

it('a room without a home learns what its case has become from whoever comes first', async () => {
  const doctor = person('rural_doctor');
  const clock = { nowMs: Date.now() };
  const room = await CaseRoom.of(await consultAt({ ...world(), clock }, 'in_session'));
  await room.take(doctor, 'wrongPatient', { reason: '姓名不符' });
  await room.ask(doctor, 'room.join');
  expect((await room.state()).frozenSinceMs).toBeGreaterThan(0);
  await room.take(doctor, 'stop', { reason: '质量风险' });
  await soon(async () => expect((await room.state()).status).toBe('ended'));
});
