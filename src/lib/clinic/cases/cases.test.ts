import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AccountPrincipal } from '../../identity/index.ts';
import { lineSchema, type AccountRole, type CaseKind } from '../../signaling/contract/index.ts';
import { account, caseEvent, clinicalCase, institution, patient } from '../../storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../../storage/testing/test-database.ts';
import { action, nothing, opening, type Workflow } from '../model/workflow.ts';
import { Cases } from './cases.ts';
import type { Effects, Knowledge } from './effects.ts';
import { CaseNews } from './news.ts';

type State = 'asked' | 'matched' | 'done' | 'late';
interface Data {
  reason: string;
  answer: string | null;
}

const answerInput = z.strictObject({ text: lineSchema, patientName: z.string().optional() });
const matchInput = z.strictObject({ accountId: z.string() });
const workflow: Workflow<State, Data> = {
  kind: 'consult',
  visibleTo: ['home:rural_doctor', 'role:dispatcher'],
  states: {
    asked: { waitsFor: ['role:dispatcher'], dueMinutes: { routine: 60, urgent: 10, emergency: 2 } },
    matched: { waitsFor: ['as:specialist'] },
    late: {},
    done: { closed: true },
  },
  opening: opening({
    by: ['role:rural_doctor'],
    input: z.strictObject({ reason: lineSchema }),
    state: 'asked',
    apply: ({ reason }): Data => ({ reason, answer: null }),
  }),
  actions: {
    match: action<State, Data, typeof matchInput>({
      from: ['asked', 'late'],
      to: ['matched'],
      by: ['role:dispatcher'],
      input: matchInput,
    }),
    answer: action<State, Data, typeof answerInput>({
      from: ['matched'],
      to: ['done'],
      by: ['as:specialist'],
      input: answerInput,
      apply: (data, { text }) => ({ ...data, answer: text }),
    }),
    expired: action<State, Data, typeof nothing>({
      from: ['asked'],
      to: ['late'],
      by: ['clock'],
      input: nothing,
    }),
  },
};
const workflows = Object.fromEntries(
  (['consult', 'outpatient', 'exam', 'surgery', 'reading'] as const).map((kind) => [
    kind,
    { ...workflow, kind } as unknown as Workflow,
  ]),
) as Record<CaseKind, Workflow>;

const effects: Effects = {
  'consult.match': async ({ input }) => {
    const { accountId } = input as z.output<typeof matchInput>;
    return { join: [{ accountId, function: 'specialist' }], made: { told: true } };
  },
};

let database: TestDatabase;
let cases: Cases;
let nowMs = Date.parse('2026-11-28T08:00:00Z');
const told: [string, string][] = [];
const people = new Map<string, AccountPrincipal>();
const person = (name: string): AccountPrincipal => people.get(name)!;

async function addPerson(name: string, role: AccountRole, institutionId: string): Promise<void> {
  await database.db.insert(account).values({
    id: name,
    username: name,
    displayName: name,
    passwordHash: 'none',
    roles: [role],
    institutionId,
  });
  people.set(name, {
    kind: 'account',
    principalId: `a_${name}`,
    accountId: name,
    name,
    roles: [role],
    institutionId,
  });
}

beforeAll(async () => {
  database = await startTestDatabase();
  const { db } = database;
  await db.insert(institution).values([
    { id: 'county', name: 'county' },
    { id: 'city', name: 'city' },
    { id: 'elsewhere', name: 'elsewhere' },
  ]);
  await addPerson('wang', 'rural_doctor', 'county');
  await addPerson('he', 'rural_doctor', 'county');
  await addPerson('dong', 'rural_doctor', 'elsewhere');
  await addPerson('zhou', 'dispatcher', 'city');
  await addPerson('specialist', 'specialist', 'city');
  await addPerson('other', 'specialist', 'city');
  await db.insert(patient).values({
    id: 'patient1',
    institutionId: 'county',
    name: '张桂华',
    pinyin: 'zhangguihua',
    pinyinInitials: 'zgh',
    sex: 'female',
    idKind: 'none',
    createdBy: 'wang',
  });
  const bus = { notifyPrincipal: (id: string, { type }: { type: string }) => void told.push([id, type]) };
  const news = new CaseNews(db, bus, workflows);
  const knowledge: Knowledge = {
    'consult.answer': async ({ tx, row }) => {
      const [found] = await tx.select().from(patient).where(eq(patient.id, row.patientId));
      return { patientName: found?.name };
    },
  };
  cases = new Cases({ db, workflows, effects, knowledge, news, now: () => nowMs });
});
afterAll(() => database.stop());

const opened = (who = 'wang', patientId = 'patient1') =>
  cases.open(person(who), { kind: 'consult', patientId, urgency: 'urgent', input: { reason: '右上腹痛' } });
const code = (promise: Promise<unknown>) =>
  promise.then(() => 'ok').catch((error: { code: string }) => error.code);

describe('a case', () => {
  it('lives by steps, each with its event, and knows who may take the next', async () => {
    const caseId = await opened();
    const asked = await cases.get(person('zhou'), caseId);
    expect(asked).toMatchObject({ state: 'asked', version: 1, actions: ['match'] });
    expect(asked.dueAtMs).toBe(nowMs + 10 * 60_000);
    expect((await cases.get(person('wang'), caseId)).actions).toEqual([]);

    const matched = await cases.take(person('zhou'), caseId, 'match', { accountId: 'specialist' });
    expect(matched).toEqual({ state: 'matched', version: 2, made: { told: true } });
    expect((await cases.get(person('specialist'), caseId)).actions).toEqual(['answer']);
    await cases.take(person('specialist'), caseId, 'answer', { text: '胆囊结石' }, { version: 2 });
    const done = await cases.get(person('wang'), caseId);
    expect(done).toMatchObject({
      state: 'done',
      data: { reason: '右上腹痛', answer: '胆囊结石' },
      dueAtMs: null,
    });
    expect(done.closedAtMs).toBe(nowMs);
    expect((await cases.history(person('wang'), caseId)).map(({ type, actorId }) => [type, actorId])).toEqual(
      [
        ['opened', 'a_wang'],
        ['match', 'a_zhou'],
        ['answer', 'a_specialist'],
      ],
    );
  });

  it('refuses what is not declared, not this person’s, out of order, malformed or about what has changed, and stays as it was', async () => {
    const caseId = await opened();
    expect(await code(cases.take(person('zhou'), caseId, 'destroy'))).toBe('unknown_message');
    expect(await code(cases.take(person('zhou'), caseId, 'toString'))).toBe('unknown_message');
    expect(await code(cases.take(person('wang'), caseId, 'match', { accountId: 'other' }))).toBe('forbidden');
    expect(await code(cases.take(person('zhou'), caseId, 'expired'))).toBe('forbidden');
    expect(await code(cases.take(person('zhou'), caseId, 'match', { accountId: 5 }))).toBe('invalid_message');
    expect(
      await code(cases.take(person('zhou'), caseId, 'match', { accountId: 'other' }, { version: 7 })),
    ).toBe('conflict');
    await cases.take(person('zhou'), caseId, 'match', { accountId: 'specialist' });
    expect(await code(cases.take(person('zhou'), caseId, 'match', { accountId: 'other' }))).toBe(
      'out_of_order',
    );
    expect(await cases.get(person('zhou'), caseId)).toMatchObject({ state: 'matched', version: 2 });
  });

  it('is nobody else’s: not another institution’s, not a specialist’s who was not asked, not for another’s patient', async () => {
    const caseId = await opened();
    for (const who of ['dong', 'specialist']) {
      expect(await code(cases.get(person(who), caseId))).toBe('not_found');
      expect(await code(cases.history(person(who), caseId))).toBe('not_found');
      expect(await code(cases.take(person(who), caseId, 'answer', { text: 'x' }))).toBe('not_found');
      const listed = await cases.list(person(who), { kind: 'consult' });
      expect(listed.map((each) => each.caseId)).not.toContain(caseId);
    }
    expect((await cases.list(person('he'), { kind: 'consult' })).map((each) => each.caseId)).toContain(
      caseId,
    );
    expect(await code(opened('dong'))).toBe('not_found');
    expect(await code(opened('zhou'))).toBe('forbidden');
    expect(await code(cases.get(person('zhou'), 'nothing'))).toBe('not_found');
  });

  it('is matched once when two dispatchers do it at the same moment', async () => {
    const caseId = await opened();
    const outcomes = await Promise.all(
      ['specialist', 'other'].map((accountId) =>
        code(cases.take(person('zhou'), caseId, 'match', { accountId })),
      ),
    );
    expect(outcomes.sort()).toEqual(['ok', 'out_of_order']);
    expect((await cases.get(person('zhou'), caseId)).participants).toHaveLength(1);
  });

  it('keeps neither event nor state of a step whose effect fails', async () => {
    const caseId = await opened();
    expect(await code(cases.take(person('zhou'), caseId, 'match', { accountId: 'nobody' }))).not.toBe('ok');
    const events = await database.db.select().from(caseEvent).where(eq(caseEvent.caseId, caseId));
    expect(events).toHaveLength(1);
    expect(await cases.get(person('zhou'), caseId)).toMatchObject({ state: 'asked', version: 1 });
  });

  it('keeps with a step what the hub knows, whatever the person says of it', async () => {
    const caseId = await opened();
    await cases.take(person('zhou'), caseId, 'match', { accountId: 'specialist' });
    await cases.take(person('specialist'), caseId, 'answer', { text: '胆囊结石', patientName: '李四' });
    const history = await cases.history(person('wang'), caseId);
    expect(history.at(-1)?.data).toEqual({ text: '胆囊结石', patientName: '张桂华' });
    expect(await code(cases.take(person('specialist'), caseId, 'answer', 'text'))).toBe('out_of_order');
  });

  it('tells those who may read it, and nobody else', async () => {
    told.length = 0;
    await opened();
    await expect.poll(() => new Set(told.map(([id]) => id))).toEqual(new Set(['a_wang', 'a_he', 'a_zhou']));
  });

  it('is listed by page, the latest first', async () => {
    await database.db.update(clinicalCase).set({ closedAt: new Date(nowMs) });
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      nowMs += i % 2 ? 0 : 1_000;
      made.push(await opened());
    }
    const seen: string[] = [];
    let before: { updatedAtMs: number; caseId: string } | undefined;
    for (;;) {
      const page = await cases.list(person('wang'), { kind: 'consult', limit: 2, ...(before && { before }) });
      seen.push(...page.map((each) => each.caseId));
      const last = page.at(-1);
      if (!last) break;
      before = last;
    }
    expect(new Set(seen)).toEqual(new Set(made));
    expect(seen).toHaveLength(5);
    expect(made.slice(0, 2)).toContain(seen.at(-1));
    expect(await cases.list(person('wang'), { kind: 'consult', states: ['done'] })).toEqual([]);
    await cases.take(person('zhou'), made[0]!, 'match', { accountId: 'specialist' });
    const own = { kind: 'consult', takingPart: true } as const;
    expect((await cases.list(person('specialist'), own)).map(({ caseId }) => caseId)).toEqual([made[0]]);
    expect(await cases.list(person('wang'), own)).toEqual([]);
    expect(await cases.list(person('specialist'), { ...own, sinceMs: nowMs + 1 })).toEqual([]);
  });
});
