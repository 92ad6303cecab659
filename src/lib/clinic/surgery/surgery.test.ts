import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal, BoxPrincipal } from '../../identity/index.ts';
import { room, roomParticipant } from '../../storage/index.ts';
import { CHECKLISTS, confirmersOf, type ChecklistName } from '../model/surgery/checklist.ts';
import type { SurgeryData } from '../model/surgery/surgery-data.ts';
import type { SurgeryRole } from '../model/surgery/team.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { addBox } from '../testing/exam-day.ts';

let world: ClinicWorld;
let theatre: BoxPrincipal;
const people = {} as Record<SurgeryRole, AccountPrincipal>;

beforeAll(async () => {
  world = await startClinicWorld();
  theatre = await addBox(world, 'box-theatre');
  await addBox(world, 'box-city', 'city');
  Object.assign(people, {
    operating_surgeon: world.person('surgeon', 'city'),
    local_surgeon: world.person('surgeon'),
    proctor: world.person('proctor', 'city'),
    anaesthetist: world.person('anaesthetist'),
    nurse: world.person('nurse'),
    observer: world.person('observer', 'elsewhere'),
  });
});
afterAll(() => world.stop());

const REMOTE: readonly SurgeryRole[] = ['operating_surgeon', 'proctor', 'observer'];
const team = () =>
  Object.entries(people).map(([role, { accountId }]) => ({
    accountId,
    role,
    remote: REMOTE.includes(role as SurgeryRole),
  }));
const take = (who: AccountPrincipal | BoxPrincipal, caseId: string, action: string, input: object = {}) =>
  world.clinic.cases.take(who, caseId, action, input);
const refused = (...step: Parameters<typeof take>) => outcome(take(...step));
const look = (caseId: string) => world.clinic.cases.get(people.local_surgeon, caseId);
const dataOf = async (caseId: string) => (await look(caseId)).data as SurgeryData;
const book = (more: object = {}) =>
  world.clinic.cases.open(people.local_surgeon, {
    kind: 'surgery',
    patientId: world.patientId,
    urgency: 'routine',
    input: {
      procedure: '腹腔镜肾部分切除术',
      site: '肾',
      laterality: 'left',
      indication: '左肾占位 3 cm',
      scheduledAtMs: world.clock.nowMs + 3_600_000,
      plannedMinutes: 150,
      team: team(),
      takeoverPlan: { who: people.local_surgeon.accountId, how: '本地腹腔镜', when: '链路红即刻' },
      ...more,
    },
  });

async function readOut(caseId: string, list: ChecklistName): Promise<void> {
  for (const item of Object.keys(CHECKLISTS[list]))
    for (const as of confirmersOf(list, item))
      await take(people[as], caseId, 'confirmItem', { item, as, laterality: 'left' });
}
async function consented(): Promise<string> {
  await world.db.update(room).set({ status: 'ended', boxId: null });
  const caseId = await book();
  const accountIds = team().map(({ accountId }) => accountId);
  await take(people.local_surgeon, caseId, 'recordConsent', { reference: 'C-17', accountIds });
  await take(people.nurse, caseId, 'openRoom', { boxId: theatre.boxId });
  return caseId;
}
async function operating(): Promise<string> {
  const caseId = await consented();
  const figures = { rttMs: 40, lossPercent: 0.1, ageMs: 180, carriers: 2 };
  await take(people.nurse, caseId, 'rehearse', { measuredAtMs: world.clock.nowMs, ...figures });
  await Promise.all(
    [people.operating_surgeon, people.local_surgeon].map((surgeon) => take(surgeon, caseId, 'voteGo')),
  );
  await readOut(caseId, 'sign_in');
  await readOut(caseId, 'time_out');
  expect((await take(people.operating_surgeon, caseId, 'start')).state).toBe('operating');
  return caseId;
}

describe('an operation', () => {
  it('lives from the booking to the archive, with everybody in its room', async () => {
    const caseId = await operating();
    const { roomId, boxId, guestInstitutionId, laterality, scheduledAtMs } = await look(caseId);
    expect([boxId, guestInstitutionId, laterality]).toEqual([theatre.boxId, 'city', 'left']);
    expect(scheduledAtMs).toBe(world.clock.nowMs + 3_600_000);
    const inside = await world.db
      .select({ accountId: roomParticipant.accountId, role: roomParticipant.role })
      .from(roomParticipant)
      .where(eq(roomParticipant.roomId, roomId!));
    expect(new Map(inside.map(({ accountId, role }) => [accountId, role]))).toEqual(
      new Map([
        [people.operating_surgeon.accountId, 'surgeon'],
        [people.local_surgeon.accountId, 'surgeon'],
        [people.proctor.accountId, 'proctor'],
        [people.anaesthetist.accountId, 'anaesthetist'],
        [people.nurse.accountId, 'nurse'],
        [people.observer.accountId, 'observer'],
      ]),
    );

    await take(theatre, caseId, 'linkRed');
    expect(await dataOf(caseId)).toMatchObject({
      authority: { accountId: people.local_surgeon.accountId, how: 'link_red' },
      announcement: { kind: 'link_red' },
    });
    await take(theatre, caseId, 'linkGood');
    await take(people.local_surgeon, caseId, 'finishOperating');
    await readOut(caseId, 'sign_out');
    expect(await refused(people.operating_surgeon, caseId, 'debrief')).toBe('out_of_order');
    const draft = await world.clinic.documents.draft(people.nurse, caseId, 'debrief');
    for (const section of ['course', 'lessons'])
      await world.clinic.documents.write(people.proctor, caseId, draft.documentId, {
        section,
        text: '链路红一次，本地接手',
        basedOn: 0,
      });
    const { state, made } = await take(people.operating_surgeon, caseId, 'debrief');
    expect([state, made]).toEqual(['closed', { documentId: draft.documentId }]);
    const [ended] = await world.db.select().from(room).where(eq(room.id, roomId!));
    expect(ended).toMatchObject({ status: 'ended', boxId: null });
  });

  it('is booked with people who may: of the right role, the local team of the house, nobody disabled or invented', async () => {
    const swap = (role: SurgeryRole, accountId: string, remote = REMOTE.includes(role)) => ({
      team: team().map((member) => (member.role === role ? { accountId, role, remote } : member)),
    });
    const city = { nurse: world.person('nurse', 'city').accountId };
    for (const bad of [
      swap('anaesthetist', people.nurse.accountId.replace('nurse', 'pharmacist')),
      swap('nurse', city.nurse),
      swap('nurse', 'nobody-here'),
      swap('operating_surgeon', world.person('surgeon', 'elsewhere').accountId, false),
    ])
      expect(await outcome(book(bad))).toBe('not_found');
    expect(await outcome(book({ team: team().filter(({ role }) => role !== 'local_surgeon') }))).toBe(
      'invalid_message',
    );
    expect(await outcome(book(swap('nurse', city.nurse, true)))).toBe('ok');
  });

  it('opens its room once, with a box of the house', async () => {
    const caseId = await book();
    await take(people.local_surgeon, caseId, 'recordConsent', {
      reference: 'C-17',
      accountIds: team().map(({ accountId }) => accountId),
    });
    await world.db.update(room).set({ status: 'ended', boxId: null });
    expect(await refused(people.nurse, caseId, 'openRoom', { boxId: 'box-city' })).toBe('not_found');
    expect((await dataOf(caseId)).roomOpen).toBe(false);
    const both = [people.nurse, people.anaesthetist].map((who) =>
      refused(who, caseId, 'openRoom', { boxId: theatre.boxId }),
    );
    expect((await Promise.all(both)).sort()).toEqual(['conflict', 'ok']);
  });

  it('replaces somebody in the middle: in case and room at once, and out of both', async () => {
    const caseId = await operating();
    const { roomId } = await look(caseId);
    const successor = await world.addPerson('second-nurse', ['nurse']);
    const change = {
      accountId: people.nurse.accountId,
      by: successor.accountId,
      remote: false,
      reason: '换班',
    };
    expect(
      await refused(people.anaesthetist, caseId, 'replaceMember', { ...change, by: 'nobody-here' }),
    ).toBe('not_found');
    expect((await take(people.anaesthetist, caseId, 'replaceMember', change)).state).toBe('operating');
    const nurses = await world.db
      .select({ accountId: roomParticipant.accountId })
      .from(roomParticipant)
      .where(and(eq(roomParticipant.roomId, roomId!), eq(roomParticipant.role, 'nurse')));
    expect(nurses).toEqual([{ accountId: successor.accountId }]);
    expect(await refused(people.nurse, caseId, 'linkRed')).toBe('forbidden');
    expect(await refused(successor, caseId, 'linkRed')).toBe('ok');
  });

  it('has one authority when two local surgeons take it at the same moment, and both are on record', async () => {
    const caseId = await operating();
    const second = await world.addPerson('second-surgeon', ['surgeon']);
    expect(await refused(second, caseId, 'takeOver', { reason: '出血' })).toBe('forbidden');
    const offers = await Promise.all([
      refused(people.local_surgeon, caseId, 'takeOver', { reason: '出血' }),
      refused(people.operating_surgeon, caseId, 'offerAuthority', { to: people.local_surgeon.accountId }),
      refused(theatre, caseId, 'linkRed'),
    ]);
    // Also where the red link was faster and had given it to them: nobody reads an error then.
    expect(offers[0]).toBe('ok');
    const { authority, offer } = await dataOf(caseId);
    expect(authority.accountId).toBe(people.local_surgeon.accountId);
    expect(offer).toBeNull();
    const steps = (await world.clinic.cases.history(people.nurse, caseId)).map(({ type }) => type);
    expect(steps).toEqual(expect.arrayContaining(['takeOver', 'linkRed']));
  });

  it('is nobody else’s', async () => {
    const caseId = await consented();
    for (const stranger of [world.person('surgeon', 'elsewhere'), world.person('rural_doctor', 'city')]) {
      expect(await outcome(world.clinic.cases.get(stranger, caseId))).toBe('not_found');
      expect(await refused(stranger, caseId, 'abort', { reason: 'x' })).toBe('not_found');
    }
    expect(await refused(people.observer, caseId, 'abort', { reason: 'x' })).toBe('forbidden');
    expect(await refused(people.nurse, caseId, 'start')).toBe('forbidden');
    expect(await refused(people.operating_surgeon, caseId, 'start')).toBe('out_of_order');
    await take(people.operating_surgeon, caseId, 'abort', { reason: '患者发热' });
    expect(await look(caseId)).toMatchObject({ state: 'aborted', actions: [] });
  });
});

describe('the hub’s own judgement of the link', () => {
  const roomOf = async (caseId: string) => (await look(caseId)).roomId!;
  const says = async (caseId: string, link: 'good' | 'red') => {
    await world.clinic.behindRooms.linkIs(await roomOf(caseId), link);
    return (await dataOf(caseId)).link;
  };

  it('moves authority to the theatre by the hub’s clock, and nothing while nobody operates', async () => {
    const planned = await consented();
    expect(await world.clinic.behindRooms.operatingOver(await roomOf(planned))).toBeNull();
    expect(await says(planned, 'red')).toBe('good');

    const caseId = await operating();
    expect(await world.clinic.behindRooms.operatingOver(await roomOf(caseId))).toEqual({
      remoteMemberIds: [people.operating_surgeon.principalId],
    });
    expect(await says(caseId, 'red')).toBe('red');
    expect(await says(caseId, 'red')).toBe('red');
    expect((await dataOf(caseId)).authority).toMatchObject({
      accountId: people.local_surgeon.accountId,
      how: 'link_red',
    });
    const { clinic } = world;
    const last = (await clinic.cases.history(people.nurse, caseId)).at(-1);
    expect(last).toMatchObject({ type: 'linkRed', actorId: null });
    expect(await says(caseId, 'good')).toBe('good');
    // Authority stays where it is, until it is handed over again.
    expect((await dataOf(caseId)).authority.accountId).toBe(people.local_surgeon.accountId);
  });

  it('leaves what a person called red to people', async () => {
    const caseId = await operating();
    await take(people.nurse, caseId, 'linkRed');
    expect(await says(caseId, 'good')).toBe('red');
    await take(people.nurse, caseId, 'linkGood');
    expect(await says(caseId, 'good')).toBe('good');
  });
});
