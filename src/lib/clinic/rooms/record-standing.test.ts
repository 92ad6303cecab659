import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { Records } from '../../records/index.ts';
import { boxOutbox, boxRecord } from '../../storage/index.ts';
import { packVitals } from '../../vitals/chunk.ts';
import { encodeVitalsFrame, MDC, MDC_UNIT } from '../../vitals/frame.ts';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { consultAt } from '../testing/consult-walk.ts';
import { addBox, examInRoom } from '../testing/exam-day.ts';
import { standingByEvents } from './record-standing.ts';

const OUTBOX = 'O'.repeat(22);
const sure = { name: '张桂华', laterality: 'left' };
let world: ClinicWorld;
let records: Records;
let boxId: string;
let number = 0;
beforeAll(async () => {
  world = await startClinicWorld();
  // Where a room came from is looked for around the moment that the database gave it.
  world.clock.nowMs = Date.now();
  records = new Records(world.db);
  ({ boxId } = await addBox(world, 'box-county'));
  await world.db.insert(boxOutbox).values({ boxId, outboxId: OUTBOX });
});
afterAll(() => world.stop());

/** A picture that the box took for the room just now. */
async function taken(roomId: string): Promise<number> {
  number += 1;
  await world.db.insert(boxRecord).values({
    ...{
      boxId,
      outboxId: OUTBOX,
      number,
      kind: 'capture',
      digest: Buffer.alloc(32),
      boxAtMs: world.clock.nowMs,
    },
    ...{ clockRun: 'run', hubOffsetMs: 0, takenAt: new Date(world.clock.nowMs) },
    ...{ roomId, claimedRoomId: roomId, roomClaim: 'confirmed' },
    data: { mediaType: 'image/png', label: '定格', bytes: 1, parts: 1, sha256: '' },
  });
  world.clock.nowMs += 1_000;
  return number;
}

/** The heart rate that the box measured for the room just now. */
async function measured(roomId: string, beats: number): Promise<void> {
  number += 1;
  const { nowMs } = world.clock;
  const frame = encodeVitalsFrame({
    ...{ sequence: number, startHubMs: nowMs, sampleRateHz: 0, scale: 1, offset: 0, simulated: false },
    ...{ code: MDC.heartRate, unit: MDC_UNIT.beatsPerMinute, samples: Int16Array.of(beats) },
  });
  await world.db.insert(boxRecord).values({
    ...{ boxId, outboxId: OUTBOX, number, kind: 'vitals', digest: Buffer.alloc(32), boxAtMs: nowMs },
    ...{ clockRun: 'run', hubOffsetMs: 0, takenAt: new Date(nowMs), durationMs: 100, data: {} },
    ...{ roomId, claimedRoomId: roomId, roomClaim: 'confirmed', body: deflateRawSync(packVitals([frame])) },
  });
}
async function beatsShownTo(person: AccountPrincipal, roomId: string): Promise<number[]> {
  const { standingAt } = await world.clinic.recordStandings.ofRoom(person, roomId);
  const { trends } = (await records.ofRoom(roomId, standingAt))!;
  return trends.flatMap(({ points }) => points.map(({ low }) => low));
}

async function shownTo(person: AccountPrincipal, roomId: string): Promise<Record<number, string>> {
  const { standingAt } = await world.clinic.recordStandings.ofRoom(person, roomId);
  const record = await records.ofRoom(roomId, standingAt);
  return Object.fromEntries(record!.captures.map((each) => [each.number, each.standing]));
}
const mayReassign = async (person: AccountPrincipal, roomId: string) =>
  (await world.clinic.recordStandings.ofRoom(person, roomId)).mayReassign;

it('of an exam is the patient’s only what both ends had confirmed, and after a mix-up nothing until somebody decides', async () => {
  const { cases } = world.clinic;
  const [probe, expert, doctor] = [
    world.person('sonographer'),
    world.person('specialist', 'city'),
    world.person('rural_doctor'),
  ];
  const caseId = await examInRoom(world, { boxId, expert });
  const roomId = (await cases.get(probe, caseId)).roomId!;
  await measured(roomId, 70);
  const before = await taken(roomId);
  await cases.take(probe, caseId, 'confirmAtBedside', sure);
  await cases.take(expert, caseId, 'confirmFarEnd', sure);
  await measured(roomId, 80);
  const during = await taken(roomId);
  expect(await beatsShownTo(doctor, roomId)).toEqual([80]);
  expect(await shownTo(doctor, roomId)).toEqual({ [before]: 'uncounted', [during]: 'counted' });
  await cases.take(expert, caseId, 'confirmFarEnd', { ...sure, name: '李秀英' });
  const frozen = await taken(roomId);
  expect(await beatsShownTo(doctor, roomId)).toEqual([]);
  const inDoubt = { [before]: 'uncounted', [during]: 'quarantined', [frozen]: 'uncounted' };
  expect(await shownTo(doctor, roomId)).toEqual(inDoubt);
  await cases.take(probe, caseId, 'reidentify', { earlierPictures: 'void', reason: '前一位患者' });
  expect(await shownTo(doctor, roomId)).toEqual({ ...inDoubt, [during]: 'void' });
  // Both ends settle it; nobody else has to see another's pictures.
  expect(await Promise.all([probe, expert, doctor].map((who) => mayReassign(who, roomId)))).toEqual([
    true,
    true,
    false,
  ]);
});

it('of a consult is in doubt once the wrong patient is noticed, and counts again from the right one on', async () => {
  const { cases } = world.clinic;
  const [doctor, specialist] = [world.person('rural_doctor'), world.person('specialist', 'city')];
  const right = await world.addPatient('county', { name: '张桂花' });
  for (const consentStands of [true, false]) {
    const caseId = await consultAt(world, 'in_session');
    const roomId = (await cases.get(doctor, caseId)).roomId!;
    const before = await taken(roomId);
    expect(await shownTo(doctor, roomId)).toEqual({ [before]: 'counted' });
    await cases.take(specialist, caseId, 'wrongPatient', { reason: '姓名不符' });
    const frozen = await taken(roomId);
    expect(await shownTo(doctor, roomId)).toEqual({ [before]: 'quarantined', [frozen]: 'quarantined' });
    await cases.take(doctor, caseId, 'reidentify', { patientId: right, consentStands });
    const settled = consentStands ? 'counted' : 'quarantined';
    const expected = { [before]: settled, [frozen]: settled };
    // Where the consent was another's, the room has ended: it is found all the same.
    expect(await shownTo(doctor, roomId)).toEqual(expected);
    expect(await mayReassign(doctor, roomId)).toBe(true);
    expect(await mayReassign(specialist, roomId)).toBe(false);
  }
});

it('of a room without a case is whole', async () => {
  const { standingAt, mayReassign: may } = await world.clinic.recordStandings.ofRoom(
    world.person('rural_doctor'),
    'no-such-room',
  );
  expect([standingAt(0), may]).toEqual(['counted', false]);
});

it('stands by the first settlement that follows, however often people were mistaken', () => {
  const event = (type: string, atMs: number, consentStands?: boolean) => ({
    type,
    atMs,
    data: { consentStands },
  });
  const standing = standingByEvents([
    event('wrongPatient', 10),
    event('reidentify', 20, true),
    event('wrongPatient', 30),
    event('reidentify', 40, false),
    event('wrongPatient', 50),
  ]);
  expect([5, 15, 25, 35, 45, 55].map(standing)).toEqual([
    'counted',
    'counted',
    'quarantined',
    'quarantined',
    'quarantined',
    'quarantined',
  ]);
});
