import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { HubError } from '../../signaling/contract/index.ts';
import { isUniqueViolation, queueEntry, type Transaction } from '../../storage/index.ts';
import { byTurn, ranksBehind, type Ranked } from './ranks.ts';

/** Ours: what a doctor's last visits say of the next; older ones were another season. */
const LENGTHS_COUNTED = 30;

type Queries = Pick<Transaction, 'select'>;

/** One at a time per doctor, until the transaction ends: two who move others in the same queue would otherwise put them at one place. */
async function lockQueueOf(tx: Transaction, doctorId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`queue:${doctorId}`}, 0))`);
}

/** The patients who wait for a doctor, in their order. */
export async function waitingOf(tx: Queries, doctorId: string): Promise<Ranked[]> {
  const rows = await tx
    .select({ caseId: queueEntry.caseId, rank: queueEntry.rank, arrivedAt: queueEntry.arrivedAt })
    .from(queueEntry)
    .where(and(eq(queueEntry.doctorId, doctorId), eq(queueEntry.state, 'waiting')));
  return rows.map(({ arrivedAt, ...row }) => ({ ...row, arrivedAtMs: arrivedAt.getTime() })).sort(byTurn);
}

/** Whom the doctor has called or sees; null when the doctor is free. */
export async function presentOf(
  tx: Queries,
  doctorId: string,
): Promise<{ caseId: string; state: 'called' | 'in_visit'; calledAtMs: number } | null> {
  const [row] = await tx
    .select({ caseId: queueEntry.caseId, state: queueEntry.state, calledAt: queueEntry.calledAt })
    .from(queueEntry)
    .where(and(eq(queueEntry.doctorId, doctorId), inArray(queueEntry.state, ['called', 'in_visit'])));
  if (!row) return null;
  const state = row.state === 'called' ? 'called' : 'in_visit';
  return { caseId: row.caseId, state, calledAtMs: row.calledAt?.getTime() ?? 0 };
}

/** How long the doctor's last visits took, in ms from the call to the end. */
export async function lengthsOf(tx: Queries, doctorId: string): Promise<number[]> {
  const rows = await tx
    .select({ calledAt: queueEntry.calledAt, endedAt: queueEntry.endedAt })
    .from(queueEntry)
    .where(
      and(
        eq(queueEntry.doctorId, doctorId),
        eq(queueEntry.state, 'done'),
        isNotNull(queueEntry.calledAt),
        isNotNull(queueEntry.endedAt),
      ),
    )
    .orderBy(desc(queueEntry.endedAt))
    .limit(LENGTHS_COUNTED);
  return rows.map(({ calledAt, endedAt }) => (endedAt?.getTime() ?? 0) - (calledAt?.getTime() ?? 0));
}

/**
 * Puts a patient into a doctor's queue, wherever they were before: by the booked time or, for who is later than that, by the arrival; `atHead`
 * before everybody else.
 */
export async function enqueue(
  tx: Transaction,
  patient: {
    caseId: string;
    institutionId: string;
    doctorId: string;
    arrivedAtMs: number;
    bookedAtMs: number | null;
    atHead?: boolean;
  },
): Promise<void> {
  const { caseId, institutionId, doctorId, arrivedAtMs, bookedAtMs, atHead = false } = patient;
  await lockQueueOf(tx, doctorId);
  const [first] = (await waitingOf(tx, doctorId)).filter((each) => each.caseId !== caseId);
  const byTime = Math.max(arrivedAtMs, bookedAtMs ?? 0);
  const entry = {
    institutionId,
    doctorId,
    state: 'waiting' as const,
    rank: atHead && first ? Math.min(byTime, first.rank - 1) : byTime,
    arrivedAt: new Date(arrivedAtMs),
    calledAt: null,
    startedAt: null,
    endedAt: null,
    missedCalls: 0,
  };
  await tx
    .insert(queueEntry)
    .values({ caseId, ...entry })
    .onConflictDoUpdate({ target: queueEntry.caseId, set: entry });
}

/** @throws {HubError} conflict: the doctor has called or sees somebody else, out_of_order: the patient does not wait */
export async function callIn(
  tx: Transaction,
  { caseId, doctorId }: { caseId: string; doctorId: string },
  nowMs: number,
): Promise<void> {
  // Who is being put behind at this moment would otherwise be waited for crosswise.
  await lockQueueOf(tx, doctorId);
  try {
    await change(tx, caseId, ['waiting'], { state: 'called', calledAt: new Date(nowMs) });
  } catch (error) {
    if (isUniqueViolation(error))
      throw new HubError('conflict', 'another patient is called or in the visit', { cause: error });
    throw error;
  }
}

/** @throws {HubError} out_of_order: was not called */
export async function beginVisit(tx: Transaction, caseId: string, nowMs: number): Promise<void> {
  await change(tx, caseId, ['called'], { state: 'in_visit', startedAt: new Date(nowMs) });
}

/** @throws {HubError} out_of_order: is not in the visit */
export async function finishVisit(tx: Transaction, caseId: string, nowMs: number): Promise<void> {
  await change(tx, caseId, ['in_visit'], { state: 'done', endedAt: new Date(nowMs) });
}

/** Gone, by whatever end; nothing when the patient was in no queue. */
export async function leaveQueue(tx: Transaction, caseId: string, nowMs: number): Promise<void> {
  await tx
    .update(queueEntry)
    .set({ state: 'left', endedAt: new Date(nowMs) })
    .where(and(eq(queueEntry.caseId, caseId), inArray(queueEntry.state, ['waiting', 'called', 'in_visit'])));
}

/**
 * Back among the waiting, behind the next few; `missed` when the patient was called and did not come.
 * @throws {HubError} out_of_order: neither waits nor was called
 */
export async function putBehind(
  tx: Transaction,
  { caseId, doctorId }: { caseId: string; doctorId: string },
  behind: number,
  missed: boolean,
): Promise<void> {
  await lockQueueOf(tx, doctorId);
  const entry = await change(tx, caseId, ['waiting', 'called'], {
    state: 'waiting',
    calledAt: null,
    ...(missed && { missedCalls: sql`${queueEntry.missedCalls} + 1` }),
  });
  const changes = ranksBehind(await waitingOf(tx, doctorId), { caseId, rank: entry.rank }, behind);
  for (const [moved, rank] of changes)
    await tx.update(queueEntry).set({ rank }).where(eq(queueEntry.caseId, moved));
}

type Entry = typeof queueEntry.$inferSelect;

async function change(
  tx: Transaction,
  caseId: string,
  from: Entry['state'][],
  set: Parameters<ReturnType<typeof tx.update<typeof queueEntry>>['set']>[0],
): Promise<Entry> {
  const [entry] = await tx
    .update(queueEntry)
    .set(set)
    .where(and(eq(queueEntry.caseId, caseId), inArray(queueEntry.state, from)))
    .returning();
  if (!entry) throw new HubError('out_of_order', `the patient is not ${from.join(' or ')}`);
  return entry;
}
