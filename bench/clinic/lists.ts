import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { pino } from 'pino';
import { Clinic } from '../../src/lib/clinic/index.ts';
import { createIdentity } from '../../src/lib/identity/index.ts';
import { RoomDirectory } from '../../src/lib/rooms/index.ts';
import type { Bus } from '../../src/lib/signaling/bus/index.ts';
import { openDatabase, type Database } from '../../src/lib/storage/index.ts';
import * as schema from '../../src/lib/storage/schema.ts';
import { startTestPostgres } from '../../src/lib/storage/testing/test-postgres.ts';
import { summarise, type Summary } from '../statistics.ts';
import { countRows, fillClinic } from './fill.ts';
import { LISTINGS, type Sample } from './listings.ts';
import { measurePages } from './list-pages.ts';
import { bigTables, scannedBy, Statements } from './statements.ts';

const TIMES = 40;
/** Not counted: the first calls read from the disk what the others find in memory, and Node compiles. */
const FIRST_CALLS = 3;
const BIG_ROWS = 10_000;

export interface ListResult {
  /** Of the service, and with what. */
  list: string;
  summary: Summary;
  /** Big tables that it read from end to end, with any of its arguments. */
  scanned: string[];
}

export interface PageResult {
  page: string;
  who: string;
  summary: Summary;
}

export interface ListsResult {
  unit: 'ms';
  rows: { patients: number; cases: number; events: number };
  lists: ListResult[];
  /** Whole pages of a hub over the same tables, as they come over HTTP. */
  pages: PageResult[];
}

/** Every list of the clinic among a hundred thousand patients, and the pages that show them. */
export async function measureClinicLists(): Promise<ListsResult> {
  const postgres = await startTestPostgres();
  try {
    const { close } = await openDatabase({ url: postgres.url, log: { warn: () => undefined } });
    await close();
    await fillClinic(postgres.url);
    const pool = new pg.Pool({ connectionString: postgres.url });
    try {
      const rows = await countRows(pool);
      const lists = await measureLists(pool);
      return { unit: 'ms', rows, lists, pages: await measurePages(postgres.url, TIMES) };
    } finally {
      await pool.end();
    }
  } finally {
    await postgres.stop();
  }
}

async function measureLists(pool: pg.Pool): Promise<ListResult[]> {
  const statements = new Statements();
  const db = drizzle({ client: pool, schema, logger: statements });
  const clinic = clinicOver(db);
  const sample = await sampleOf(db);
  const big = await bigTables(pool, BIG_ROWS);
  const results: ListResult[] = [];
  for (const [list, asked] of Object.entries(LISTINGS))
    for (const [how, ask] of Object.entries(asked)) {
      for (let turn = 0; turn < FIRST_CALLS; turn++) await ask(clinic, sample, TIMES + turn);
      statements.take();
      const tookMs: number[] = [];
      for (let turn = 0; turn < TIMES; turn++) {
        const startMs = performance.now();
        await ask(clinic, sample, turn);
        tookMs.push(performance.now() - startMs);
      }
      const scanned = await scannedBy(pool, statements.take());
      const result: ListResult = {
        list: how === '' ? list : `${list}, ${how}`,
        summary: summarise(tookMs),
        scanned: scanned.filter((table) => big.has(table)),
      };
      console.log(`  ${result.list}: p95 ${Math.round(result.summary.p95)} ms ${result.scanned.join(' ')}`);
      results.push(result);
    }
  return results;
}

/** The clinic by itself: nobody is told of anything, and nothing runs by itself. */
function clinicOver(db: Database): Clinic {
  const nobody = { notifyRoom: () => undefined, notifyPrincipal: () => undefined } as unknown as Bus;
  const log = pino({ level: 'silent' });
  return new Clinic({
    db,
    bus: nobody,
    directory: new RoomDirectory(db, nobody),
    rooms: { follow: () => Promise.resolve(), sendOut: () => Promise.resolve() },
    log,
    caseLinks: createIdentity({ db, log }).caseLinks,
    patientIdKey: 'key of a bench, 32 characters long',
  });
}

async function sampleOf(db: Database): Promise<Sample> {
  const { rows: cases } = await db.execute<{ id: string; kind: keyof Sample['over']; open: boolean }>(sql`
    SELECT id, kind, open FROM (
      SELECT id, kind, closed_at IS NULL AS open, row_number() OVER (PARTITION BY kind, closed_at IS NULL ORDER BY id) AS number
      FROM clinical_case WHERE institution_id = 'hospital_0') each WHERE number <= 200`);
  const { rows: patients } = await db.execute<Sample['patients'][number] & Record<string, unknown>>(sql`
    SELECT id, name, pinyin, pinyin_initials AS initials, phone FROM patient
    WHERE institution_id = 'hospital_0' AND merged_into IS NULL ORDER BY id LIMIT 200`);
  const ids = (open: boolean): Sample['over'] => {
    const of = (kind: string) =>
      cases.filter((each) => each.kind === kind && each.open === open).map(({ id }) => id);
    return {
      consult: of('consult'),
      outpatient: of('outpatient'),
      exam: of('exam'),
      surgery: of('surgery'),
      reading: of('reading'),
    };
  };
  return { over: ids(false), open: ids(true), patients, nowMs: Date.now() };
}
