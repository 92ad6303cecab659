import { and, eq } from 'drizzle-orm';
import { patientPrincipalId } from '../../identity/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import { clinicalCase, queueEntry, type Database } from '../../storage/index.ts';
import { SharedReads } from '../shared-reads.ts';
import { expectedWait, type ExpectedWait } from './expected-wait.ts';
import { lengthsOf, presentOf, waitingOf } from './queue.ts';

/** Where somebody stands in a queue. */
export interface QueuePlace {
  /** How many are seen before; 0: the next. */
  ahead: number;
  /** Half of all waits like this one are over by `lowMs` from now, four of five by `highMs`. */
  waitLowMs: number;
  waitHighMs: number;
  /** By the clock of the hub that looked: of two answers the later one is true. */
  asOfMs: number;
}

interface Queue {
  present: Awaited<ReturnType<typeof presentOf>>;
  waiting: (QueuePlace & { caseId: string; arrivedAtMs: number })[];
}

/** Who waits for a doctor, and what each of them is told. */
export class QueueBoard {
  readonly #db: Database;
  readonly #bus: Pick<Bus, 'notifyPrincipal'>;
  readonly #now: () => number;
  /** Everybody who waits for a doctor asks at once when the queue moves. */
  readonly #queues = new SharedReads((doctorId: string) => this.#read(doctorId));

  constructor(db: Database, bus: Pick<Bus, 'notifyPrincipal'>, now: () => number) {
    this.#db = db;
    this.#bus = bus;
    this.#now = now;
  }

  /** The doctor's queue in its order, and who is with the doctor now. */
  of(doctorId: string): Promise<Queue> {
    return this.#queues.ask(doctorId);
  }

  async #read(doctorId: string): Promise<Queue> {
    // Before the database is asked: what is committed later is not claimed.
    const asOfMs = this.#now();
    const [waiting, present, lengthsMs] = await Promise.all([
      waitingOf(this.#db, doctorId),
      presentOf(this.#db, doctorId),
      lengthsOf(this.#db, doctorId),
    ]);
    const presentMs = present && asOfMs - present.calledAtMs;
    return {
      present,
      waiting: waiting.map(({ caseId, arrivedAtMs }, ahead) => ({
        caseId,
        arrivedAtMs,
        ...placeOf(ahead, expectedWait({ lengthsMs, presentMs }, ahead), asOfMs),
      })),
    };
  }

  /** Null for whom waits in no queue. */
  async placeOf(caseId: string): Promise<QueuePlace | null> {
    const [entry] = await this.#db
      .select({ doctorId: queueEntry.doctorId })
      .from(queueEntry)
      .where(and(eq(queueEntry.caseId, caseId), eq(queueEntry.state, 'waiting')));
    if (!entry) return null;
    const found = (await this.of(entry.doctorId)).waiting.find((each) => each.caseId === caseId);
    if (!found) return null;
    const { ahead, waitLowMs, waitHighMs, asOfMs } = found;
    return { ahead, waitLowMs, waitHighMs, asOfMs };
  }

  /** Tells everybody who waits for these doctors where they stand by now. A courtesy, after what happened has happened: never throws. */
  moved(doctorIds: readonly (string | null)[]): void {
    for (const doctorId of new Set(doctorIds))
      if (doctorId !== null) void this.#tell(doctorId).catch(() => undefined);
  }

  async #tell(doctorId: string): Promise<void> {
    const [{ waiting }, patients] = await Promise.all([
      this.of(doctorId),
      this.#db
        .select({ caseId: queueEntry.caseId, patientId: clinicalCase.patientId })
        .from(queueEntry)
        .innerJoin(clinicalCase, eq(clinicalCase.id, queueEntry.caseId))
        .where(and(eq(queueEntry.doctorId, doctorId), eq(queueEntry.state, 'waiting'))),
    ]);
    const patientOf = new Map(patients.map(({ caseId, patientId }) => [caseId, patientId]));
    for (const { caseId, ahead, waitLowMs, waitHighMs, asOfMs } of waiting) {
      const patientId = patientOf.get(caseId);
      if (patientId === undefined) continue;
      this.#bus.notifyPrincipal(patientPrincipalId(patientId), {
        type: 'queue.changed',
        data: { caseId, ahead, waitLowMs, waitHighMs, asOfMs },
      });
    }
  }
}

const placeOf = (ahead: number, { lowMs, highMs }: ExpectedWait, asOfMs: number): QueuePlace => ({
  ahead,
  asOfMs,
  waitLowMs: Math.round(lowMs),
  waitHighMs: Math.round(highMs),
});
