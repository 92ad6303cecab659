import { eq, inArray, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../identity/index.ts';
import { appointment, caseLink, clinicalCase, patient, patientMerge, slot } from '../../storage/index.ts';
import { Cases } from '../cases/cases.ts';
import { CaseNews } from '../cases/news.ts';
import { residentIdCheck } from '../model/people/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import type { PatientMerges } from './merges.ts';
import { plainWorkflows } from './testing/plain-workflows.ts';

let world: ClinicWorld;
let merges: PatientMerges;
beforeAll(async () => {
  world = await startClinicWorld();
  merges = world.clinic.people.merges;
});
afterAll(() => world.stop());

const doctor = () => world.person('rural_doctor');
const register = async (name: string, who = doctor()) =>
  (await world.clinic.people.patients.register(who, { name })).patientId;

async function addCase(patientId: string): Promise<string> {
  const id = newId();
  await world.db.insert(clinicalCase).values({
    id,
    kind: 'outpatient',
    state: 'of a test',
    urgency: 'routine',
    patientId,
    institutionId: 'county',
    data: {},
    version: 1,
  });
  return id;
}

const patientOf = async (caseId: string) =>
  (await world.db.select().from(clinicalCase).where(eq(clinicalCase.id, caseId)))[0]!.patientId;
const merge = (keptId: string, mergedId: string, who = doctor()) => merges.merge(who, { keptId, mergedId });
const undo = (mergeId: string, who = doctor()) => merges.undo(who, mergeId);

describe('a merge', () => {
  it('moves the cases with what names their patient, and is undone to what there was', async () => {
    const [kept, merged] = [await register('韩梅'), await register('韩枚')];
    const [own, moved] = [await addCase(kept), await addCase(merged)];
    const slotId = newId();
    const soon = world.clock.nowMs + 3_600_000;
    await world.db.insert(slot).values({
      id: slotId,
      accountId: doctor().accountId,
      institutionId: 'county',
      service: 'outpatient',
      startsAt: new Date(soon),
      endsAt: new Date(soon + 600_000),
    });
    await world.db.insert(appointment).values({ id: newId(), slotId, caseId: moved, patientId: merged });
    await world.db.insert(caseLink).values({
      id: newId(),
      tokenHash: newId(),
      caseId: moved,
      patientId: merged,
      createdBy: doctor().accountId,
      expiresAt: new Date(soon),
    });
    const named = async () =>
      (
        await Promise.all(
          [appointment, caseLink].map((table) =>
            world.db.select({ id: table.patientId }).from(table).where(eq(table.caseId, moved)),
          ),
        )
      ).flatMap(([row]) => row!.id);
    const before = await everything();

    const { mergeId, movedCaseIds } = await merge(kept, merged);
    expect(movedCaseIds).toEqual([moved]);
    expect(await Promise.all([own, moved].map(patientOf))).toEqual([kept, kept]);
    expect(await named()).toEqual([kept, kept]);
    expect(await merges.list(doctor(), merged)).toMatchObject([
      { mergeId, keptName: '韩梅', mergedName: '韩枚', mergedBy: 'rural_doctor-county', undoneAtMs: null },
    ]);

    const later = await addCase(kept);
    await undo(mergeId);
    expect(await patientOf(later)).toBe(kept);
    await world.db.delete(clinicalCase).where(eq(clinicalCase.id, later));
    expect(await everything()).toEqual(before);
    expect(await named()).toEqual([merged, merged]);
    expect(await merges.list(doctor(), kept)).toMatchObject([{ mergeId, undoneAtMs: world.clock.nowMs }]);
  });

  it('is found as the kept record, over several merges', async () => {
    const [a, b, c] = [await register('宋甲'), await register('松乙'), await register('淞丙')];
    await merge(b, a);
    await merge(c, b);
    const found = await world.clinic.people.search.find(doctor(), '宋甲');
    expect(found).toMatchObject([{ patientId: c, name: '淞丙', foundAs: '宋甲' }]);
    expect(await world.clinic.people.search.find(doctor(), 'song')).toHaveLength(1);
    const recent = await world.clinic.people.patients.recent(doctor(), { limit: 100 });
    expect(recent.map(({ patientId }) => patientId)).not.toContain(a);
    expect(await world.clinic.people.patients.get(doctor(), a)).toMatchObject({ mergedInto: b });
    expect(await outcome(world.clinic.people.patients.update(doctor(), a, { name: '宋' }))).toBe('conflict');
  });

  it('with itself, twice, in a ring, across institutions or of two people is refused, and nothing has moved', async () => {
    const [a, b, c] = [await register('甲'), await register('乙'), await register('丙')];
    const caseId = await addCase(a);
    const abroad = await register('丁', world.person('specialist', 'city'));
    await merge(b, a);
    const before = await everything();
    expect(await outcome(merge(b, b))).toBe('invalid_message');
    expect(await outcome(merge(b, a))).toBe('conflict');
    expect(await outcome(merge(c, a))).toBe('conflict');
    expect(await outcome(merge(a, b))).toBe('conflict');
    expect(await outcome(merge(a, c))).toBe('conflict');
    expect(await outcome(merge(abroad, b))).toBe('not_found');
    expect(await outcome(merge(b, abroad))).toBe('not_found');
    expect(await outcome(merge(c, b, world.person('specialist', 'city')))).toBe('not_found');
    expect(await outcome(merge(b, 'nobody'))).toBe('not_found');
    const withId = async (digits: string) => {
      const input = { name: '戊', idKind: 'resident_id', idNumber: digits + residentIdCheck(digits) };
      return (await world.clinic.people.patients.register(doctor(), input)).patientId;
    };
    const [one, other] = [await withId('11010519491231002'), await withId('11010519491231004')];
    expect(await outcome(merge(one, other))).toBe('conflict');
    expect(await patientOf(caseId)).toBe(b);
    expect((await everything()).filter(({ id }) => id !== one && id !== other)).toEqual(before);
  });
});

describe('an undo', () => {
  it('is refused a second time, by another institution, and while the kept record is part of another', async () => {
    const [a, b, c] = [await register('子'), await register('丑'), await register('寅')];
    const caseId = await addCase(a);
    const first = await merge(b, a);
    const second = await merge(c, b);
    expect(await outcome(undo(first.mergeId))).toBe('conflict');
    expect(await outcome(undo(first.mergeId, world.person('specialist', 'city')))).toBe('not_found');
    // Without cases, nothing but the order of merges stands against it.
    const [d, e, f] = [await register('卯'), await register('戌'), await register('亥')];
    const inner = await merge(e, d);
    await merge(f, e);
    expect(await outcome(undo(inner.mergeId))).toBe('conflict');
    expect(await outcome(undo('nothing'))).toBe('not_found');
    expect(await patientOf(caseId)).toBe(c);
    await undo(second.mergeId);
    await undo(first.mergeId);
    expect(await outcome(undo(first.mergeId))).toBe('conflict');
    expect(await patientOf(caseId)).toBe(a);
  });

  it('is refused once a moved case is another patient’s', async () => {
    const [a, b, c] = [await register('辰'), await register('巳'), await register('午')];
    const [stays, leaves] = [await addCase(a), await addCase(a)];
    const { mergeId } = await merge(b, a);
    await world.db.update(clinicalCase).set({ patientId: c }).where(eq(clinicalCase.id, leaves));
    expect(await outcome(undo(mergeId))).toBe('conflict');
    expect(await Promise.all([stays, leaves].map(patientOf))).toEqual([b, c]);
  });
});

describe('two at once', () => {
  it('merge two records into one another once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = [await register('未'), await register('未')];
      const outcomes = await Promise.all([outcome(merge(a, b)), outcome(merge(b, a)), outcome(merge(a, b))]);
      expect(outcomes.sort()).toEqual(['conflict', 'conflict', 'ok']);
    }
  });

  it('undo once', async () => {
    const [a, b] = [await register('申'), await register('申')];
    const { mergeId } = await merge(a, b);
    const outcomes = await Promise.all([outcome(undo(mergeId)), outcome(undo(mergeId))]);
    expect(outcomes.sort()).toEqual(['conflict', 'ok']);
  });

  it('a case that is opened meanwhile waits, and is not left with the merged record', async () => {
    const [kept, merged] = [await register('酉'), await register('酉')];
    const news = new CaseNews(world.db, world.bus, plainWorkflows());
    const cases = new Cases({ db: world.db, workflows: plainWorkflows(), effects: {}, news });
    let opening: Promise<string> | null = null;
    await world.db.transaction(async (tx) => {
      await tx.select().from(patient).where(eq(patient.id, merged)).for('no key update');
      const newCase = { kind: 'outpatient', patientId: merged, urgency: 'routine', input: {} } as const;
      opening = outcome(cases.open(doctor(), newCase));
      await expect.poll(waiting).toBe(1);
      await tx.update(patient).set({ mergedInto: kept }).where(eq(patient.id, merged));
    });
    expect(await opening).toBe('not_found');
  });
});

it('after any merges and undos every case has one standing patient, and undoing all of it restores the start', async () => {
  const count = 5;
  const patients: string[] = [];
  for (let number = 0; number < count; number += 1) patients.push(await register(`人${number}`));
  const cases: string[] = [];
  for (const id of patients) cases.push(await addCase(id), await addCase(id));
  const standing = new Map<string, string>();
  const whose = async () => {
    const rows = await world.db.select().from(clinicalCase).where(inArray(clinicalCase.id, cases));
    return cases.map((id) => rows.find((row) => row.id === id)!.patientId);
  };
  const start = await whose();
  const step = fc.oneof(
    fc.record({ kind: fc.constant('merge' as const), kept: fc.nat(count - 1), merged: fc.nat(count - 1) }),
    fc.record({ kind: fc.constant('undo' as const), which: fc.nat(count) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const made: string[] = [];
      for (const each of steps) {
        if (each.kind === 'merge') {
          const call = merge(patients[each.kept]!, patients[each.merged]!);
          if ((await outcome(call)) === 'ok') made.push((await call).mergeId);
        } else if (made.length > 0) {
          const at = each.which % made.length;
          if ((await outcome(undo(made[at]!))) === 'ok') made.splice(at, 1);
        }
        const rows = await world.db.select().from(patient);
        for (const row of rows) standing.set(row.id, row.mergedInto ?? '');
        for (const id of await whose()) expect(standing.get(id)).toBe('');
      }
      for (const mergeId of made.reverse()) await undo(mergeId);
      expect(await whose()).toEqual(start);
      const left = await world.db.select().from(patient);
      expect(left.filter(({ id, mergedInto }) => patients.includes(id) && mergedInto !== null)).toEqual([]);
    }),
    { numRuns: 12 },
  );
  const open = await world.db
    .select()
    .from(patientMerge)
    .where(sql`undone_at IS NULL`);
  expect(open.filter(({ keptId }) => patients.includes(keptId))).toEqual([]);
});

/** Patients and whose each case is. */
async function everything() {
  const people = await world.db.select().from(patient).orderBy(patient.id);
  const cases = await world.db
    .select({ id: clinicalCase.id, patientId: clinicalCase.patientId })
    .from(clinicalCase)
    .orderBy(clinicalCase.id);
  return [...people, ...cases];
}

async function waiting(): Promise<number> {
  const { rows } = await world.db.execute(sql`
    SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`);
  return rows.length;
}
