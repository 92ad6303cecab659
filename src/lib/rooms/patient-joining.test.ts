import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PatientPrincipal } from '../identity/index.ts';
import { emptyRoom, hubCapabilitiesOf, type RoomKind } from '../signaling/contract/index.ts';
import { clinicalCase, room } from '../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../clinic/testing/clinic-world.ts';
import type { CallContext } from './call.ts';
import { join } from './features/joining.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

async function caseWithRoom(kind: RoomKind): Promise<{ caseId: string; roomId: string }> {
  const { accountId, institutionId } = world.person('rural_doctor');
  const [caseId, roomId] = [`case-${kind}`, `room-${kind}`];
  await world.db.insert(room).values({ id: roomId, kind, title: kind, institutionId, createdBy: accountId });
  await world.db.insert(clinicalCase).values({
    ...{ id: caseId, kind, roomId, institutionId, requestedBy: accountId, patientId: world.patientId },
    ...{ state: 'in_visit', urgency: 'routine', data: {}, version: 1 },
  });
  return { caseId, roomId };
}

const patientOf = (caseId: string, expiresAtMs = Date.now() + 60_000): PatientPrincipal => ({
  kind: 'patient',
  principalId: `p_${world.patientId}`,
  patientId: world.patientId,
  caseId,
  name: '张*华',
  expiresAtMs,
});

/** The door of a room and no more; what happens: who is let knock. */
function doorOf(roomId: string, kind: RoomKind, principal: PatientPrincipal, knocks: string[] = []) {
  const state = emptyRoom({ roomId, kind, title: kind, patient: null, openedAtMs: 0 });
  const commit = (make: (of: typeof state) => { type: string } | null) => {
    const happening = make(state);
    if (happening) knocks.push(happening.type);
    return Promise.resolve();
  };
  const presence = { admitted: new Set<string>(), knock: () => undefined };
  return {
    principal,
    origin: { nodeId: 'n', connectionId: 'c' },
    room: { roomId, state, commit, presence },
    services: { directory: world.directory },
  } as unknown as CallContext;
}

it('lets a patient knock at the room of the own case, and come in when the doctor has said so; at no other', async () => {
  const [visit, other] = [await caseWithRoom('outpatient'), await caseWithRoom('consult')];
  const knocks: string[] = [];
  const own = doorOf(visit.roomId, 'outpatient', patientOf(visit.caseId), knocks);
  expect(await join(own, { roomId: visit.roomId })).toMatchObject({ outcome: 'waiting' });
  expect(knocks).toEqual(['lobby.knocked']);

  const tries: [string, RoomKind, PatientPrincipal][] = [
    [other.roomId, 'consult', patientOf(visit.caseId)],
    [visit.roomId, 'outpatient', patientOf(other.caseId)],
    [visit.roomId, 'outpatient', patientOf('no-such-case')],
  ];
  for (const [roomId, kind, principal] of tries)
    expect(await outcome(join(doorOf(roomId, kind, principal), { roomId }))).toBe('forbidden');
  const late = doorOf(visit.roomId, 'outpatient', patientOf(visit.caseId, Date.now() - 1));
  expect(await outcome(join(late, { roomId: visit.roomId }))).toBe('expired');
});

it('lets no patient into an operating theatre', async () => {
  const { caseId, roomId } = await caseWithRoom('surgery');
  expect(await outcome(join(doorOf(roomId, 'surgery', patientOf(caseId)), { roomId }))).toBe('forbidden');
});

it('gives a patient the two things that a door needs, and nothing else of the hub', () => {
  expect(hubCapabilitiesOf('patient', [])).toEqual(new Set(['session.use', 'room.join']));
});
