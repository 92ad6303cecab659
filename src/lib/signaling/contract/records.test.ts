import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HubError } from './errors.ts';
import { decodeBatch, encodeBatch, MAX_BATCH_BYTES, RecordError, type BoxRecord } from './records.ts';

const outboxId = 'AAAAAAAAAAAAAAAAAAAAAA';
const common = { boxAtMs: 1_790_000_000_000, clockRun: 'run-12345', hubOffsetMs: 12.5, roomId: null };
const vitals = (number: number, body: Uint8Array) => ({
  json: JSON.stringify({ ...common, kind: 'vitals', number, data: { durationMs: 1000 }, bytes: body.length }),
  body,
});
const event = (number: number) => ({
  json: JSON.stringify({ ...common, kind: 'event', number, data: { type: 'path.restored' }, bytes: 0 }),
  body: new Uint8Array(),
});
const whole = [vitals(7, Uint8Array.of(1, 2, 3)), event(8), vitals(9, Uint8Array.of(4))];

const refusal = (act: () => unknown): { code: string; record?: number } => {
  try {
    act();
  } catch (error) {
    if (error instanceof RecordError) return { code: error.code, ...error.details };
    if (error instanceof HubError) return { code: error.code };
    throw error;
  }
  throw new Error('was accepted');
};

it('gives back what was sent, each record the same to the byte', () => {
  const batch = decodeBatch(encodeBatch({ outboxId, gapFrom: 5, records: whole }));
  expect(batch).toMatchObject({ outboxId, gapFrom: 5 });
  expect(batch.records.map(({ json, body }) => [json, [...body]])).toEqual(
    whole.map(({ json, body }) => [json, [...body]]),
  );
});

it.each<[string, Partial<BoxRecord>, number]>([
  ['a number that does not follow', { number: 11 }, 11],
  ['a kind that does not exist', { kind: 'rumour' as 'event' }, 8],
  ['an event of a type that does not exist', { data: { type: 'magic' } } as never, 8],
  ['a time beyond all calendars', { boxAtMs: 1e300 }, 8],
  ['a true time before 1970', { hubOffsetMs: -1e14 }, 8],
  ['a room that is none', { roomId: '../../etc' }, 8],
  ['a field that is not ours', { patientName: '张三' } as never, 8],
])('names the first bad record: %s', (_, change, record) => {
  const bad = { ...(JSON.parse(event(8).json) as object), ...change };
  const records = [whole[0]!, { json: JSON.stringify(bad), body: new Uint8Array() }, whole[2]!];
  expect(refusal(() => decodeBatch(encodeBatch({ outboxId, gapFrom: null, records })))).toEqual({
    code: 'invalid_message',
    record,
  });
});

it('names the record whose body is cut short, and refuses what is left over or too large', () => {
  const bytes = encodeBatch({ outboxId, gapFrom: null, records: whole });
  expect(refusal(() => decodeBatch(bytes.subarray(0, -1)))).toEqual({ code: 'invalid_message', record: 9 });
  expect(refusal(() => decodeBatch(bytes.subarray(0, -2)))).toEqual({ code: 'invalid_message', record: 7 });
  expect(refusal(() => decodeBatch(Uint8Array.of(...bytes, 0)))).toEqual({ code: 'invalid_message' });
  expect(refusal(() => decodeBatch(new Uint8Array(MAX_BATCH_BYTES + 1)))).toEqual({
    code: 'message_too_large',
  });
});

it('a capture and its parts must fit each other', () => {
  const data = { mediaType: 'image/png', label: '', bytes: 200_000, parts: 2, sha256: 'a'.repeat(64) };
  const capture = (change: object) => ({
    json: JSON.stringify({ ...common, kind: 'capture', number: 3, data: { ...data, ...change }, bytes: 0 }),
    body: new Uint8Array(),
  });
  const part = (number: number) => ({
    json: JSON.stringify({ ...common, kind: 'capturePart', number, data: { capture: 3, part: 0 }, bytes: 1 }),
    body: Uint8Array.of(1),
  });
  const decode = (...records: { json: string; body: Uint8Array }[]) =>
    decodeBatch(encodeBatch({ outboxId, gapFrom: null, records }));
  expect(decode(capture({}), part(4)).records.length).toBe(2);
  expect(refusal(() => decode(capture({ parts: 3 })))).toEqual({ code: 'invalid_message', record: 3 });
  expect(refusal(() => decode(part(5)))).toEqual({ code: 'invalid_message', record: 5 });
});

it('answers garbage with a refusal and never with anything else', () => {
  const bytes = encodeBatch({ outboxId, gapFrom: null, records: whole });
  const damaged = fc
    .array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const copy = bytes.slice();
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (input) => {
      try {
        decodeBatch(input);
      } catch (error) {
        expect(error).toBeInstanceOf(HubError);
      }
    }),
    { numRuns: 500 },
  );
});
