import { expect, it } from 'vitest';
import { ranged } from './ranged.ts';

const BYTES = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

async function ask(range?: string) {
  const request = new Request('http://hub.test/', range === undefined ? {} : { headers: { range } });
  const answer = ranged(request, BYTES, { 'content-type': 'video/mp4' });
  const bytes = [...new Uint8Array(await answer.arrayBuffer())];
  return [answer.status, answer.headers.get('content-range'), bytes];
}

it.each([
  ['bytes=0-3', 206, 'bytes 0-3/10', [0, 1, 2, 3]],
  ['bytes=7-', 206, 'bytes 7-9/10', [7, 8, 9]],
  ['bytes=7-700', 206, 'bytes 7-9/10', [7, 8, 9]],
  ['bytes=-2', 206, 'bytes 8-9/10', [8, 9]],
  ['bytes=-200', 206, 'bytes 0-9/10', [...BYTES]],
  ['bytes=10-', 416, 'bytes */10', []],
  ['bytes=5-4', 416, 'bytes */10', []],
  ['bytes=-0', 416, 'bytes */10', []],
])('%s gets that part', async (range, ...answer) => {
  expect(await ask(range)).toEqual(answer);
});

it.each([undefined, 'bytes=-', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=a-b'])('%s gets all', async (range) => {
  expect(await ask(range)).toEqual([200, null, [...BYTES]]);
});
