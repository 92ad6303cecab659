import type { Logger } from 'drizzle-orm';
import type pg from 'pg';

interface Statement {
  text: string;
  params: unknown[];
}

/** As EXPLAIN writes it, as far as it is looked at. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

/** Remembers what is asked of the database, to ask for the plans of it afterwards. */
export class Statements implements Logger {
  #kept: Statement[] = [];

  logQuery(text: string, params: unknown[]): void {
    this.#kept.push({ text, params });
  }

  /** Those since the last time. */
  take(): Statement[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The tables that PostgreSQL reads from end to end for these statements, with just these arguments. */
export async function scannedBy(pool: pg.Pool, statements: readonly Statement[]): Promise<string[]> {
  const scanned = new Set<string>();
  for (const { text, params } of statements) {
    if (!/^\s*(select|with)/i.test(text)) continue;
    const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (FORMAT JSON) ${text}`,
      params,
    );
    for (const node of rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan))) {
      // Also in parallel: the node is called the same.
      if (node['Node Type'] === 'Seq Scan' && node['Relation Name']) scanned.add(node['Relation Name']);
    }
  }
  return [...scanned].sort();
}

/** Tables of so many rows that nobody may read them whole for a list. */
export async function bigTables(pool: pg.Pool, fromRows: number): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1`,
    [fromRows],
  );
  return new Set(rows.map(({ name }) => name));
}
