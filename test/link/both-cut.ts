import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CARRIERS, Carriers } from './carriers.ts';
import {
  startBox,
  startHub,
  STARTS_WITHIN_MS,
  take,
  untilAtHub,
  vitalsOf,
  type AtHub,
} from './processes-on-carriers.ts';

/** What became of a box's record while both carriers were gone. */
export interface BothCut {
  goneMs: number;
  /** Up to the last number that the box gave. */
  records: number;
  missing: number;
  repeated: number;
  /** Messages with vitals of the whole time, and of the time without a carrier. */
  messages: number;
  messagesWhileGone: number;
  missingMessages: number;
  repeatedMessages: number;
  captures: number;
  wholeCaptures: number;
  lateCaptures: number;
  /** So much of the time without a carrier does the room's record show as having come late. */
  lateMs: number;
  /** From the carriers' return to the last record's arrival. */
  drainedAfterMs: number;
}

const DRAINS_WITHIN_MS = 120_000;
/** Of vitals, before it begins and after it is over. */
const SOME_RECORDS = 3;

/** The real box and the real hub, which for `goneMs` cannot reach each other by any carrier. */
export async function cutBoth(goneMs: number): Promise<BothCut> {
  await using stack = new AsyncDisposableStack();
  const carriers = await Carriers.open();
  stack.defer(() => carriers.close());
  const { hub, ready, dataDir } = await startHub(carriers, stack);
  const box = await startBox(carriers, stack, ready, path.join(dataDir, 'tls', 'cert.pem'));

  let before = 0;
  await untilAtHub(hub, STARTS_WITHIN_MS, 'the first vitals', ({ records }) => {
    before = vitalsOf(records).length;
    return before >= SOME_RECORDS;
  });
  const captures = [await take(box)];
  for (const carrier of CARRIERS) await carriers.cut(carrier);
  const goneAtMs = Date.now();
  captures.push(await take(box));
  await sleep(goneMs);
  captures.push(await take(box));
  const backAtMs = Date.now();
  for (const carrier of CARRIERS) await carriers.mend(carrier);
  await sleep(SOME_RECORDS * 1_000);
  const last = await take(box);
  captures.push(last);
  const atHub = await untilAtHub(hub, DRAINS_WITHIN_MS, 'the last record', ({ late }) =>
    late.captures.some(({ number, complete }) => number === last && complete),
  );
  return compare(atHub, { goneAtMs, backAtMs, captures });
}

function compare(
  { records, late }: AtHub,
  { goneAtMs, backAtMs, captures }: { goneAtMs: number; backAtMs: number; captures: number[] },
): BothCut {
  const last = captures.at(-1)!;
  const numbers = records.map(({ number }) => number).filter((number) => number <= last);
  const messages = records.flatMap((record) => record.messages);
  const series = Map.groupBy(messages, ({ code }) => code);
  const counted = [...series.values()].map((of) => countOf(of.map(({ sequence }) => sequence)));
  const shown = late.captures.filter(({ number }) => captures.includes(number));
  const arrivedMs = Math.max(...records.filter(({ number }) => number <= last).map((r) => r.receivedAtMs));
  const within = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }) =>
    Math.max(0, Math.min(untilMs, backAtMs) - Math.max(fromMs, goneAtMs));
  return {
    goneMs: backAtMs - goneAtMs,
    records: last,
    missing: last - new Set(numbers).size,
    repeated: numbers.length - new Set(numbers).size,
    messages: messages.length,
    messagesWhileGone: messages.filter(({ atMs }) => atMs > goneAtMs && atMs < backAtMs).length,
    missingMessages: counted.reduce((sum, { missing }) => sum + missing, 0),
    repeatedMessages: counted.reduce((sum, { repeated }) => sum + repeated, 0),
    captures: captures.length,
    wholeCaptures: shown.filter(({ complete }) => complete).length,
    lateCaptures: shown.filter(({ isLate }) => isLate).length,
    lateMs: late.spans.reduce((sum, span) => sum + within(span), 0),
    drainedAfterMs: arrivedMs - backAtMs,
  };
}

/** Of a signal's own numbers, from the first to the last. */
function countOf(sequences: readonly number[]): { missing: number; repeated: number } {
  const distinct = new Set(sequences);
  const length = Math.max(...sequences) - Math.min(...sequences) + 1;
  return { missing: length - distinct.size, repeated: sequences.length - distinct.size };
}
