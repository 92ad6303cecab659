import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import {
  ACCOUNT_ROLES,
  CASE_FUNCTIONS,
  CASE_KINDS,
  type AccountRole,
  type CaseKind,
} from '../../signaling/contract/index.ts';
import { caseParticipant, clinicalCase, followUp } from '../../storage/index.ts';
import { WORKFLOWS } from '../model/index.ts';
import { INSTITUTIONS, outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';

let world: ClinicWorld;
let everybody: AccountPrincipal[];
beforeAll(async () => {
  world = await startClinicWorld();
  everybody = INSTITUTIONS.flatMap((at) => ACCOUNT_ROLES.map((role) => world.person(role, at)));
  // People with several roles are where a rule for one of them may leak into another.
  everybody.push(await world.addPerson('many', ['administrator', 'surgeon', 'observer'], 'city'));
});
afterAll(() => world.stop());

interface Drawn {
  kind: CaseKind;
  guest: (typeof INSTITUTIONS)[number] | null;
  requestedBy: number;
  participants: [person: number, as: (typeof CASE_FUNCTIONS)[number]][];
}
const drawn: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constantFrom(...CASE_KINDS),
  guest: fc.constantFrom('city' as const, 'elsewhere' as const, null),
  requestedBy: fc.nat(1_000),
  participants: fc.array(fc.tuple(fc.nat(1_000), fc.constantFrom(...CASE_FUNCTIONS)), { maxLength: 3 }),
});
const pick = (index: number): AccountPrincipal => everybody[index % everybody.length]!;

async function insert({ kind, guest, requestedBy, participants }: Drawn): Promise<string> {
  const id = newId();
  await world.db.insert(clinicalCase).values({
    ...{ id, kind, state: Object.keys(WORKFLOWS[kind].states)[0]!, urgency: 'routine' as const },
    ...{ patientId: world.patientId, institutionId: 'county', guestInstitutionId: guest },
    ...{ requestedBy: pick(requestedBy).accountId, data: {}, version: 1 },
  });
  if (participants.length > 0)
    await world.db
      .insert(caseParticipant)
      .values(participants.map(([who, as]) => ({ caseId: id, accountId: pick(who).accountId, function: as })))
      .onConflictDoNothing();
  return id;
}

describe('whoever may read a case', () => {
  it('finds in the lists exactly what opens, of every kind, at home, at the guest’s and elsewhere', async () => {
    const cases: { id: string; kind: CaseKind }[] = [];
    for (const each of fc.sample(drawn, { numRuns: 40, seed: 17 }))
      cases.push({ id: await insert(each), kind: each.kind });
    const overdue = { text: '复查', dueAt: new Date(world.clock.nowMs - 1000) };
    await world.db.insert(followUp).values(cases.map(({ id }) => ({ ...overdue, id: `u${id}`, caseId: id })));
    const ids = cases.map(({ id }) => id);
    for (const who of everybody) {
      const lists = await Promise.all(
        CASE_KINDS.map((kind) => world.clinic.cases.list(who, { kind, limit: 100 })),
      );
      const listed = lists.flat().map(({ caseId }) => caseId);
      const known = await world.clinic.people.casePatients.ofCases(who, ids);
      const due = (await world.clinic.reminders.followUps.overdue(who)).map(({ caseId }) => caseId);
      for (const { id, kind } of cases) {
        const opens = (await outcome(world.clinic.cases.get(who, id))) === 'ok';
        const what = `${who.accountId} and a case of ${kind}`;
        expect(listed.includes(id), what).toBe(opens);
        expect(known.has(id), what).toBe(opens);
        expect(due.includes(id), what).toBe(opens);
      }
      // Whoever may read a case for two reasons sees it once.
      expect(listed.length).toBe(new Set(listed).size);
      expect(due.length).toBe(new Set(due).size);
    }
  });

  it('turns the pages of what several reasons let in, each case once and in order', async () => {
    const who = world.person('nurse', 'county');
    const nurse = everybody.indexOf(who);
    for (let each = 0; each < 4; each++) {
      await insert({ kind: 'surgery', guest: null, requestedBy: each, participants: [] });
      await insert({ kind: 'surgery', guest: null, requestedBy: nurse, participants: [[nurse, 'nurse']] });
    }
    const all = await world.clinic.cases.list(who, { kind: 'surgery', limit: 100 });
    expect(all.length).toBeGreaterThanOrEqual(8);
    const times = all.map(({ updatedAtMs }) => updatedAtMs);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const turned: typeof all = [];
    for (let before = all[0]!; turned.length < all.length; before = turned.at(-1)!) {
      const page = await world.clinic.cases.list(who, {
        kind: 'surgery',
        limit: 3,
        ...(turned.length > 0 ? { before } : {}),
      });
      expect(page.length).toBeGreaterThan(0);
      turned.push(...page);
    }
    expect(turned).toEqual(all);
    const own = await world.clinic.cases.list(who, { kind: 'surgery', takingPart: true, limit: 100 });
    const ownIds = own.map(({ caseId }) => caseId);
    expect(ownIds.length).toBeGreaterThanOrEqual(4);
    expect(all.flatMap(({ caseId }) => (ownIds.includes(caseId) ? caseId : []))).toEqual(ownIds);
  });

  it('is at the guest’s nobody by role but dispatchers, readers of every house, and in an operation the surgeons', async () => {
    const mayRead = async (kind: CaseKind, role: AccountRole): Promise<boolean> => {
      const id = await insert({ kind, guest: 'city', requestedBy: 0, participants: [] });
      return (await outcome(world.clinic.cases.get(world.person(role, 'city'), id))) === 'ok';
    };
    for (const kind of CASE_KINDS) {
      const readers: AccountRole[] = [];
      for (const role of ACCOUNT_ROLES) if (await mayRead(kind, role)) readers.push(role);
      const more: Partial<Record<CaseKind, AccountRole[]>> = {
        surgery: ['surgeon'],
        reading: ['specialist'],
      };
      expect(readers.toSorted(), kind).toEqual(['dispatcher', ...(more[kind] ?? [])].toSorted());
    }
  });
});

it('a surgeon of the guest’s house may read an operation to stand in, and takes no step in it', async () => {
  const id = await insert({ kind: 'surgery', guest: 'city', requestedBy: 0, participants: [] });
  const { actions } = await world.clinic.cases.get(world.person('surgeon', 'city'), id);
  expect(actions).toEqual([]);
  expect(await outcome(world.clinic.cases.get(world.person('surgeon', 'elsewhere'), id))).toBe('not_found');
  const whose = await world.clinic.people.casePatients.ofCase(world.person('surgeon', 'city'), id);
  expect(whose).toMatchObject({ masked: true });
});
