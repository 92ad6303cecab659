import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pino } from 'pino';
import { errorForLog } from './error-for-log.ts';
import { HubError } from './signaling/contract/index.ts';
import { institution } from './storage/index.ts';
import { startTestDatabase, type TestDatabase } from './storage/testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** What a log holds of the error that this ends with. */
async function logOf(call: PromiseLike<unknown>, wrap = (error: unknown): unknown => error): Promise<string> {
  const lines: string[] = [];
  const log = pino({ serializers: { err: errorForLog } }, { write: (line: string) => void lines.push(line) });
  try {
    await call;
  } catch (error) {
    log.error({ err: wrap(error) }, 'request failed');
  }
  return lines.join('');
}

it('tells which query failed and why, without any value that it came with', async () => {
  const secret = '张桂华\n13872129876';
  await database.db.insert(institution).values({ id: 'one', name: secret });
  const twice = () => database.db.insert(institution).values({ id: 'two', name: secret });
  const wrapped = (cause: unknown) => new HubError('unavailable', undefined, { cause });
  for (const line of [
    await logOf(twice()),
    await logOf(twice(), wrapped),
    await logOf(database.db.execute(sql`SELECT ${secret}::int`)),
  ]) {
    expect(line).toMatch(/insert into \\"institution\\"|SELECT \$1/);
    expect(line).toMatch(/"code":"(23505|22P02)"/);
    expect(line).toContain('error-for-log.test.ts');
    for (const part of ['张桂华', '13872129876']) expect(line).not.toContain(part);
  }
});

it('keeps other errors, and what is none, as they are', () => {
  expect(errorForLog(new TypeError('x is no function'))).toMatchObject({
    type: 'TypeError',
    message: 'x is no function',
    stack: expect.stringMatching(/^ {4}at /) as string,
  });
  expect(errorForLog('a word')).toBe('a word');
});
