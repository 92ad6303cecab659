import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import {
  HEALTH_SERIES,
  type BoxReport,
  type HealthRange,
  type HealthSeries,
} from '../signaling/contract/index.ts';
import { boxHealth, type Database } from '../storage/index.ts';

const REPORT_S = 10;
const COARSE_S = 300;
const DAY_MS = 24 * 3600_000;
const KEEP_FINE_MS = DAY_MS;
const KEEP_COARSE_MS = 30 * DAY_MS;

export type HealthPoint = { atMs: number } & Record<HealthSeries, number | null>;

/** What a chart of so long a time is made of: at most about 300 points. */
const RANGES = {
  hour: { spanMs: 3600_000, stepS: REPORT_S, bucketS: 20 },
  day: { spanMs: DAY_MS, stepS: REPORT_S, bucketS: 300 },
  month: { spanMs: KEEP_COARSE_MS, stepS: COARSE_S, bucketS: 9000 },
} as const satisfies Record<HealthRange, object>;

const bucket = (seconds: number) =>
  sql`date_bin(make_interval(secs => ${seconds}), ${boxHealth.at}, 'epoch'::timestamptz)`;
const mean = (series: HealthSeries) => sql<number | null>`avg(${boxHealth[series]})::real`;
const means = Object.fromEntries(HEALTH_SERIES.map((series) => [series, mean(series)])) as Record<
  HealthSeries,
  ReturnType<typeof mean>
>;

/** Single precision, as the table keeps it: PostgreSQL refuses a number nearer to nought than that knows, and with it the whole report. */
const single = (value: number | null) => (value === null ? null : Math.fround(value));

/** The history of how boxes were: each report for a day, means of five minutes for a month. */
export function createHealth(db: Database, now: () => number) {
  return {
    async record(boxId: string, report: BoxReport): Promise<void> {
      const at = new Date(Math.floor(now() / (REPORT_S * 1000)) * REPORT_S * 1000);
      await db
        .insert(boxHealth)
        .values({
          boxId,
          stepS: REPORT_S,
          at,
          cpuPercent: single(report.cpuPercent),
          memoryPercent: single(report.memoryPercent),
          diskPercent: single(report.diskPercent),
          temperatureC: single(report.temperatureC),
          rttMs: single(report.link.rttMs),
          estimateKbps: single(report.link.estimateKbps),
          lossPercent: single(report.link.lossPercent),
          outboxWaiting: report.outbox?.waiting ?? null,
          clockOffsetMs: single(report.clockOffsetMs),
          signalPercent: single(report.modem?.signalPercent ?? null),
        })
        .onConflictDoNothing();
    },

    /** Oldest first; a time without reports has no points. */
    async history(boxId: string, range: HealthRange): Promise<HealthPoint[]> {
      const { spanMs, stepS, bucketS } = RANGES[range];
      const at = bucket(bucketS);
      const rows = await db
        .select({ at: sql<number>`(extract(epoch from ${at}) * 1000)::float8`, ...means })
        .from(boxHealth)
        .where(
          and(
            eq(boxHealth.boxId, boxId),
            eq(boxHealth.stepS, stepS),
            gte(boxHealth.at, new Date(now() - spanMs)),
          ),
        )
        // By position: the same expression with parameters is another one to PostgreSQL.
        .groupBy(sql`1`)
        .orderBy(asc(sql`1`));
      return rows.map(({ at: atMs, ...values }) => ({ atMs, ...values }));
    },

    /** Makes the means of whole five minutes, and forgets what is past its time. May run on any node, any number of times. */
    async condense(): Promise<void> {
      const wholeUntil = new Date(Math.floor(now() / (COARSE_S * 1000)) * COARSE_S * 1000);
      const columns = HEALTH_SERIES.map((series) => sql.identifier(boxHealth[series].name));
      const list = sql.join(columns, sql`, `);
      const averages = sql.join(
        columns.map((column) => sql`avg(${column})`),
        sql`, `,
      );
      await db.execute(sql`
        INSERT INTO ${boxHealth} (box_id, step_s, at, ${list})
        SELECT box_id, ${COARSE_S}::int, date_bin(make_interval(secs => ${COARSE_S}), at, 'epoch'::timestamptz), ${averages}
        FROM ${boxHealth} WHERE step_s = ${REPORT_S} AND at < ${wholeUntil.toISOString()}::timestamptz
        GROUP BY 1, 3 ON CONFLICT DO NOTHING`);
      const forget = (stepS: number, keepMs: number) =>
        db
          .delete(boxHealth)
          .where(and(eq(boxHealth.stepS, stepS), lt(boxHealth.at, new Date(now() - keepMs))));
      await forget(REPORT_S, KEEP_FINE_MS);
      await forget(COARSE_S, KEEP_COARSE_MS);
    },
  };
}
