import { expect, it } from 'vitest';
import { SharedReads } from './shared-reads.ts';

/** Reads that end when a test says so. */
function controlled() {
  const ends: ((fails?: boolean) => void)[] = [];
  const reads = new SharedReads<string, string>((key) => {
    const number = ends.length + 1;
    return new Promise((resolve, reject) => {
      ends.push((fails = false) => (fails ? reject(new Error('away')) : resolve(`${key} ${number}`)));
    });
  });
  return { reads, ends };
}

it('answers all who came meanwhile by one further read, that began after they asked', async () => {
  const { reads, ends } = controlled();
  const first = reads.ask('a');
  const meanwhile = [reads.ask('a'), reads.ask('a'), reads.ask('a')];
  const other = reads.ask('b');
  expect(ends).toHaveLength(2);
  ends[0]!();
  expect(await first).toBe('a 1');
  expect(ends).toHaveLength(3);
  const later = reads.ask('a');
  ends[2]!();
  expect(await Promise.all(meanwhile)).toEqual(['a 3', 'a 3', 'a 3']);
  expect(ends).toHaveLength(4);
  ends[3]!();
  expect(await later).toBe('a 4');
  ends[1]!();
  expect(await other).toBe('b 2');
  // Nobody is left: the next one is read at once.
  void reads.ask('a');
  expect(ends).toHaveLength(5);
});

it('goes on after a read that failed', async () => {
  const { reads, ends } = controlled();
  const first = reads.ask('a');
  const second = reads.ask('a');
  ends[0]!(true);
  await expect(first).rejects.toThrow('away');
  await Promise.resolve();
  ends[1]!();
  expect(await second).toBe('a 2');
});
