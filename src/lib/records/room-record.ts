import { createHash } from 'node:crypto';
import { setImmediate as soon } from 'node:timers/promises';
import { and, asc, eq, gte, inArray, lte, or, sql } from 'drizzle-orm';
import { HubError, type BoxEvent, type Capture } from '../signaling/contract/index.ts';
import { box, boxRecord, boxService, isDatabaseAway, type Database } from '../storage/index.ts';
import type { CaptureBytes, CaptureKey } from './capture-bytes.ts';
import {
  gapsOf,
  lateBy,
  readingOf,
  spansOf,
  Trend,
  type Cause,
  type Chunk,
  type Gap,
  type Point,
  type Span,
} from './timeline.ts';
import { readVitals } from './vitals-body.ts';

export interface RoomCapture extends CaptureKey, Pick<Capture, 'mediaType' | 'label' | 'bytes'> {
  takenAtMs: number;
  lateByMs: number | null;
  receivedAtMs: number;
  /** All its parts are here. */
  complete: boolean;
  standing: Standing;
}

/**
 * Whether what was taken at a moment is the patient's: `uncounted`, nobody had said yet who lay there; `quarantined`, there is doubt, and nobody has
 * decided; `void`, it is somebody else's, or of the other side.
 */
export type Standing = 'counted' | 'uncounted' | 'quarantined' | 'void';
export type StandingAt = (takenAtMs: number) => Standing;

export interface RoomBoxEvent {
  atMs: number;
  lateByMs: number | null;
  boxName: string;
  event: BoxEvent;
}

/** What boxes recorded for one room, over true time. */
export interface RoomRecord {
  fromMs: number;
  untilMs: number;
  /** There is more vitals before `fromMs` than one page shows. */
  shortened: boolean;
  trends: { code: number; unit: number; simulated: boolean; points: Point[] }[];
  spans: Span[];
  gaps: Gap[];
  captures: RoomCapture[];
  events: RoomBoxEvent[];
  /** Records that exist by their number but could not be delivered. */
  undelivered: number;
}

interface Service {
  boxId: string;
  name: string;
  since: Date;
  until: Date | null;
}

/** Seconds of vitals on one page: the newest six hours. */
const MOST_CHUNKS = 6 * 3600;
const MOST_CAPTURES = 500;
const MOST_EVENTS = 1000;
const TREND_BUCKETS = 600;
/** Read so many records, then let others have the processor. */
const BREATHE_EVERY = 500;
/** A loss is told when it is over. */
const TOLD_LATER_MS = 3_600_000;

export class RoomRecords {
  readonly #db: Database;
  readonly #captures: CaptureBytes;

  constructor(db: Database, captures: CaptureBytes) {
    this.#db = db;
    this.#captures = captures;
  }

  /** Null when no box recorded anything for this room. Vitals that do not count are in no trend. @throws {HubError} unavailable */
  read(roomId: string, standingAt: StandingAt): Promise<RoomRecord | null> {
    return whileThere(async () => {
      const [vitals, captures, services] = await Promise.all([
        this.#vitalsOf(roomId),
        this.#capturesOf(roomId, standingAt),
        this.#servicesOf(roomId),
      ]);
      const { events, causes, undelivered } = await this.#eventsOf(services);
      if (vitals.length === 0 && captures.length === 0 && events.length === 0) return null;
      const moments = [
        ...vitals.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]),
        ...captures.map(({ takenAtMs }) => takenAtMs),
      ];
      if (moments.length === 0) moments.push(...events.map(({ atMs }) => atMs));
      const fromMs = moments.reduce((least, at) => Math.min(least, at), Infinity);
      const untilMs = moments.reduce((most, at) => Math.max(most, at), -Infinity);
      const spans = spansOf(vitals);
      return {
        ...{ fromMs, untilMs, shortened: vitals.length === MOST_CHUNKS },
        ...{
          trends: await trendsOf(vitals, { fromMs, untilMs, standingAt }),
          spans,
          gaps: gapsOf(spans, causes),
        },
        ...{ captures, events, undelivered },
      };
    });
  }

  /** @throws {HubError} not_found (also for another room's, and one that is not whole yet), unavailable */
  captureOf(
    roomId: string,
    key: CaptureKey,
  ): Promise<{ capture: Capture; bytes: Buffer; takenAtMs: number }> {
    return whileThere(async () => {
      const [row] = await this.#db
        .select({ data: boxRecord.data, takenAt: boxRecord.takenAt, boxAtMs: boxRecord.boxAtMs })
        .from(boxRecord)
        .where(
          and(
            eq(boxRecord.boxId, key.boxId),
            eq(boxRecord.outboxId, key.outboxId),
            eq(boxRecord.number, key.number),
            eq(boxRecord.kind, 'capture'),
            eq(boxRecord.roomId, roomId),
          ),
        );
      if (!row) throw new HubError('not_found');
      const capture = row.data as Capture;
      const bytes = await this.#captures.read(key);
      if (bytes.length !== capture.bytes) throw new HubError('not_found', 'has not arrived whole yet');
      if (createHash('sha256').update(bytes).digest('hex') !== capture.sha256) {
        throw new HubError('internal', 'the capture is not what the box took');
      }
      return { capture, bytes, takenAtMs: trueMs(row) };
    });
  }

  async #vitalsOf(roomId: string): Promise<(Chunk & { body: Buffer; shiftMs: number })[]> {
    const rows = await this.#db
      .select()
      .from(boxRecord)
      .where(and(eq(boxRecord.roomId, roomId), eq(boxRecord.kind, 'vitals')))
      .orderBy(sql`${boxRecord.takenAt} desc nulls last`)
      .limit(MOST_CHUNKS);
    return rows.reverse().flatMap((row) => {
      if (!row.body) return [];
      const fromMs = trueMs(row);
      // Stamped by what the box then took for hub time.
      const shiftMs = fromMs - (row.boxAtMs + (row.hubOffsetMs ?? 0));
      const untilMs = fromMs + row.durationMs;
      return [{ fromMs, untilMs, receivedAtMs: row.receivedAt.getTime(), body: row.body, shiftMs }];
    });
  }

  async #capturesOf(roomId: string, standingAt: StandingAt): Promise<RoomCapture[]> {
    const rows = await this.#db
      .select()
      .from(boxRecord)
      .where(and(eq(boxRecord.roomId, roomId), eq(boxRecord.kind, 'capture')))
      .orderBy(asc(boxRecord.takenAt))
      .limit(MOST_CAPTURES);
    return Promise.all(
      rows.map(async (row) => {
        const { mediaType, label, bytes, parts } = row.data as Capture;
        const { boxId, outboxId, number } = row;
        const [arrived] = await this.#db
          .select({ parts: sql<number>`count(*)::int`, at: sql<string | null>`max(${boxRecord.receivedAt})` })
          .from(boxRecord)
          .where(
            and(
              eq(boxRecord.boxId, boxId),
              eq(boxRecord.outboxId, outboxId),
              gte(boxRecord.number, number + 1),
              lte(boxRecord.number, number + parts),
              eq(boxRecord.kind, 'capturePart'),
            ),
          );
        const takenAtMs = trueMs(row);
        const receivedAtMs = arrived?.at ? Date.parse(arrived.at) : row.receivedAt.getTime();
        return {
          ...{ boxId, outboxId, number, mediaType, label, bytes, takenAtMs, receivedAtMs },
          lateByMs: lateBy(takenAtMs, receivedAtMs),
          standing: standingAt(takenAtMs),
          complete: arrived?.parts === parts,
        };
      }),
    );
  }

  #servicesOf(roomId: string): Promise<Service[]> {
    return this.#db
      .select({ boxId: boxService.boxId, name: box.name, since: boxService.since, until: boxService.until })
      .from(boxService)
      .innerJoin(box, eq(box.id, boxService.boxId))
      .where(eq(boxService.roomId, roomId));
  }

  /** What happened at the boxes while they served the room; some of it, like a restart, they note without a room. */
  async #eventsOf(services: Service[]) {
    const events: RoomBoxEvent[] = [];
    const causes: Cause[] = [];
    let undelivered = 0;
    for (const { boxId, name, since, until } of services) {
      const end = until ?? new Date();
      const rows = await this.#db
        .select()
        .from(boxRecord)
        .where(
          and(
            eq(boxRecord.boxId, boxId),
            inArray(boxRecord.kind, ['event', 'void', 'gap']),
            or(
              and(
                gte(boxRecord.takenAt, since),
                lte(boxRecord.takenAt, new Date(end.getTime() + TOLD_LATER_MS)),
              ),
              and(
                eq(boxRecord.kind, 'gap'),
                gte(boxRecord.receivedAt, since),
                lte(boxRecord.receivedAt, end),
              ),
            ),
          ),
        )
        .orderBy(asc(boxRecord.takenAt))
        .limit(MOST_EVENTS);
      for (const row of rows) {
        const atMs = trueMs(row);
        const isDuring = atMs <= end.getTime();
        if (row.kind === 'gap') undelivered += (row.data as { until: number }).until - row.number + 1;
        if (row.kind === 'void' && isDuring) undelivered++;
        if (row.kind !== 'event') continue;
        const event = row.data as BoxEvent;
        const lost = event.type === 'outbox.lost';
        const lostFromMs = lost ? event.fromMs + (row.hubOffsetMs ?? 0) : atMs;
        if (lost ? lostFromMs > end.getTime() : !isDuring) continue;
        events.push({ atMs, lateByMs: lateBy(atMs, row.receivedAt.getTime()), boxName: name, event });
        if (lost) {
          causes.push({
            fromMs: lostFromMs,
            untilMs: event.untilMs + (row.hubOffsetMs ?? 0),
            reason: 'lost',
          });
        }
        const reason = CAUSE_OF[event.type];
        if (reason) causes.push({ fromMs: atMs, untilMs: atMs, reason });
      }
    }
    return { events, causes, undelivered };
  }
}

const CAUSE_OF: Partial<Record<BoxEvent['type'], Cause['reason']>> = {
  'agent.started': 'restarted',
  'outbox.begun': 'restarted',
  'room.left': 'away',
};

/** Until the true time is known, the box's own stands for it. */
const trueMs = (row: { takenAt: Date | null; boxAtMs: number }): number =>
  row.takenAt?.getTime() ?? row.boxAtMs;

async function trendsOf(
  chunks: readonly { body: Buffer; shiftMs: number }[],
  { fromMs, untilMs, standingAt }: { fromMs: number; untilMs: number; standingAt: StandingAt },
): Promise<RoomRecord['trends']> {
  const trends = new Map<number, { unit: number; simulated: boolean; trend: Trend }>();
  for (const [i, { body, shiftMs }] of chunks.entries()) {
    if (i % BREATHE_EVERY === BREATHE_EVERY - 1) await soon();
    for (const frame of readVitals(body)) {
      const value = readingOf(frame);
      const { code, unit, simulated, startHubMs } = frame;
      if (value === null || standingAt(startHubMs + shiftMs) !== 'counted') continue;
      const known = trends.get(code) ?? {
        unit,
        simulated: false,
        trend: new Trend(fromMs, untilMs, TREND_BUCKETS),
      };
      known.simulated ||= simulated;
      known.trend.add(startHubMs + shiftMs, value);
      trends.set(code, known);
    }
  }
  return [...trends].map(([code, { unit, simulated, trend }]) => ({
    code,
    unit,
    simulated,
    points: trend.points(),
  }));
}

async function whileThere<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isDatabaseAway(error)) throw new HubError('unavailable', 'the database is away', { cause: error });
    throw error;
  }
}
