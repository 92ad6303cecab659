import { ReadableStream } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';
import {
  RECORDS_CONTENT_TYPE,
  recordsAckSchema,
  recordsRefusalSchema,
} from '../../../src/lib/signaling/contract/index.ts';

/**
 * What a hub made of a batch. `away`: try again later. `nonsense`: an answer that no hub of ours gives; nothing may be
 * concluded from it.
 */
export type Outcome =
  | { kind: 'acknowledged'; outboxId: string; through: number }
  | { kind: 'away'; reason: string }
  | { kind: 'unauthenticated'; reason: string }
  | { kind: 'badRecord'; record: number; reason: string }
  | { kind: 'gap'; expected: number }
  | { kind: 'conflict'; reason: string }
  | { kind: 'nonsense'; reason: string };

export type SendBatch = (
  batch: Uint8Array<ArrayBuffer>,
  token: string,
  signal: AbortSignal,
) => Promise<Outcome>;

const MAX_ANSWER_BYTES = 16 * 1024;
const PIECE_BYTES = 4 * 1024;
/** While nothing may be used, ask again so often. */
const YIELD_MS = 250;
const PATIENCE_MS = 30_000;
/** The slowest that a batch may crawl before the connection is given up. */
const SLOWEST_KBPS = 6;

/** POST /api/box/records, no faster than `mayUseKbps` says at each moment. */
export function sendTo(hubUrl: string, mayUseKbps: () => number): SendBatch {
  return async (batch, token, stopped) => {
    try {
      // Not a request that is begun and then stands still.
      while (mayUseKbps() <= 0) await delay(YIELD_MS, undefined, { signal: stopped });
    } catch (error) {
      return { kind: 'away', reason: causeOf(error) };
    }
    const timeout = AbortSignal.timeout(Math.ceil(PATIENCE_MS + (batch.length * 8) / SLOWEST_KBPS));
    const signal = AbortSignal.any([stopped, timeout]);
    const request = {
      method: 'POST',
      headers: { 'content-type': RECORDS_CONTENT_TYPE, authorization: `Bearer ${token}` },
      body: ReadableStream.from(pieces(batch, mayUseKbps, signal)),
      duplex: 'half',
      redirect: 'manual',
      signal,
    };
    try {
      // The types of the browser's fetch do not know Node's streams.
      const response = await fetch(new URL('/api/box/records', hubUrl), request as unknown as RequestInit);
      return judge(response.status, await readJson(response));
    } catch (error) {
      return { kind: 'away', reason: causeOf(error) };
    }
  };
}

/** Small pieces with pauses: a burst would sit in the modem's queue before the next picture. */
async function* pieces(batch: Uint8Array<ArrayBuffer>, mayUseKbps: () => number, signal: AbortSignal) {
  for (let at = 0; at < batch.length; at += PIECE_BYTES) {
    const piece = batch.subarray(at, at + PIECE_BYTES);
    let kbps = mayUseKbps();
    for (; kbps <= 0; kbps = mayUseKbps()) await delay(YIELD_MS, undefined, { signal });
    yield piece;
    if (Number.isFinite(kbps)) await delay((piece.length * 8) / kbps, undefined, { signal });
  }
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function judge(status: number, answer: unknown): Outcome {
  if (status === 200) {
    const ack = recordsAckSchema.safeParse(answer);
    return ack.success
      ? { kind: 'acknowledged', ...ack.data }
      : { kind: 'nonsense', reason: 'the hub acknowledges in a way that is not ours' };
  }
  if (status >= 500 || status === 408 || status === 429)
    return { kind: 'away', reason: `answered ${status}` };
  const refusal = recordsRefusalSchema.safeParse(answer);
  if (!refusal.success) return { kind: 'nonsense', reason: `answered ${status} without a reason` };
  const { code, message, record, expected } = refusal.data.error;
  const reason = `${code}: ${message}`;
  if (status === 401) return { kind: 'unauthenticated', reason };
  if (code === 'out_of_order' && expected !== undefined) return { kind: 'gap', expected };
  if (code === 'conflict') return { kind: 'conflict', reason };
  if (code === 'invalid_message' && record !== undefined) return { kind: 'badRecord', record, reason };
  return { kind: 'nonsense', reason: `answered ${status} ${reason}` };
}

function causeOf(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown } } | null)?.cause?.code;
  return typeof cause === 'string' ? cause : error instanceof Error ? error.message : String(error);
}
