import pg from 'pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { AccountPrincipal } from '../../src/lib/identity/index.ts';
import type { AccountRole } from '../../src/lib/signaling/contract/index.ts';
import type { Database } from '../../src/lib/storage/index.ts';
import * as schema from '../../src/lib/storage/schema.ts';
import { HubProcess } from '../../test/support/hub-process.ts';
import { summarise } from '../statistics.ts';
import type { PageResult } from './lists.ts';
import { openSession } from './sessions.ts';
import { staff } from './staff.ts';
import { Visitor } from './visitor.ts';

const FIRST_CALLS = 5;
/** The whole page as a browser opens it, by somebody whose it is. */
const PAGES: readonly [page: string, who: AccountRole][] = [
  ['/', 'rural_doctor'],
  ['/', 'specialist'],
  ['/', 'dispatcher'],
  ['/board', 'dispatcher'],
  ['/worklist', 'sonographer'],
  ['/worklist', 'specialist'],
  ['/clinic', 'rural_doctor'],
  ['/pharmacy', 'pharmacist'],
  ['/patients', 'nurse'],
  ['/patients/duplicates', 'nurse'],
];

/** A hub with its pages over the filled tables. */
export async function measurePages(databaseUrl: string, times: number): Promise<PageResult[]> {
  const hub = await HubProcess.start({ DATABASE_URL: databaseUrl, DEMO: '0', MEDIA_WORKERS: '1' });
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const db: Database = drizzle({ client: pool, schema });
  try {
    const results: PageResult[] = [];
    for (const [page, role] of PAGES)
      results.push(
        await timed(hub, db, { page, who: staff(role, 0), times, ask: (visitor) => visitor.get(page) }),
      );
    const found = [...'张李王刘陈zlwc'];
    const ask = (visitor: Visitor, turn: number) =>
      visitor.postJson('/patients/search', { text: found[turn % found.length] });
    results.push(await timed(hub, db, { page: '/patients/search', who: staff('nurse', 0), times, ask }));
    const { rows } = await pool.query<{ id: string }>(
      `SELECT id FROM clinical_case WHERE institution_id = 'hospital_0' AND kind = 'outpatient' AND closed_at IS NOT NULL LIMIT 100`,
    );
    const openCase = (visitor: Visitor, turn: number) =>
      visitor.get(`/cases/${rows[turn % rows.length]?.id}`);
    results.push(
      await timed(hub, db, { page: '/cases/…', who: staff('rural_doctor', 0), times, ask: openCase }),
    );
    return results;
  } finally {
    await pool.end();
    await hub.stop();
  }
}

async function timed(
  hub: HubProcess,
  db: Database,
  {
    page,
    who,
    times,
    ask,
  }: {
    page: string;
    who: AccountPrincipal;
    times: number;
    ask: (visitor: Visitor, turn: number) => Promise<string>;
  },
): Promise<PageResult> {
  const visitor = new Visitor(hub.url, await openSession(db, { accountId: who.accountId }));
  try {
    for (let turn = 0; turn < FIRST_CALLS; turn++) await ask(visitor, turn);
    const tookMs: number[] = [];
    for (let turn = 0; turn < times; turn++) {
      const startMs = performance.now();
      await ask(visitor, turn);
      tookMs.push(performance.now() - startMs);
    }
    const summary = summarise(tookMs);
    console.log(`  ${page} (${who.roles[0]}): p95 ${Math.round(summary.p95)} ms`);
    return { page, who: who.roles[0] ?? '', summary };
  } finally {
    visitor.close();
  }
}
