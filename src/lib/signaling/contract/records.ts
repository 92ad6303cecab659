import { z } from 'zod';
import { HubError, isHubError } from './errors.ts';
import { labelSchema, roomIdSchema } from './ids.ts';

/**
 * POST /api/box/records: what a box's outbox sends, with the box's token as `authorization: Bearer`.
 *
 * Body (`application/vnd.rui.records`): u32 length of the JSON header (big endian), the header, then the bodies of its
 * records one after the other, each as long as its `bytes` says. Answer: `{outboxId, through}`: everything up to that
 * number is committed, and may be deleted. Refusals: `{error: {code, message, record?, expected?}}`.
 */
export const RECORDS_CONTENT_TYPE = 'application/vnd.rui.records';

/** Below the 512 KiB at which the page server stops reading by default. */
export const MAX_BATCH_BYTES = 448 * 1024;
export const MAX_BATCH_RECORDS = 200;
export const CAPTURE_PART_BYTES = 128 * 1024;
export const MAX_CAPTURE_BYTES = 16 * 1024 * 1024;
/** Compressed; twelve leads at 500 Hz are about 12 kB a second before. */
export const MAX_VITALS_BYTES = 64 * 1024;
const MAX_CAPTURE_PARTS = MAX_CAPTURE_BYTES / CAPTURE_PART_BYTES;

/** Any moment that a clock gone wrong may show, and no more than a database can hold (the year 5138). */
const MAX_MOMENT_MS = 1e14;
const momentSchema = z.number().min(0).max(MAX_MOMENT_MS);
const offsetSchema = z.number().min(-MAX_MOMENT_MS).max(MAX_MOMENT_MS);
/** Neither NUL nor half a character: a database takes neither. */
const plainText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'not plain text' });
export const MAX_REASON_CHARS = 200;
const reasonSchema = plainText(MAX_REASON_CHARS);

/** Made at random when an outbox is begun, so that a wiped box begins a series of its own. */
export const outboxIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const recordNumberSchema = z.int().min(1);

export const RECORD_KINDS = ['vitals', 'capture', 'capturePart', 'event', 'clock', 'void'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];
const recordKindSchema = z.enum(RECORD_KINDS);

/** What happened at the box. */
export const boxEventSchema = z.discriminatedUnion('type', [
  /** `clean`: the run before this one ended as it should. */
  z.strictObject({ type: z.literal('agent.started'), version: plainText(32), clean: z.boolean() }),
  z.strictObject({ type: z.literal('agent.stopped'), why: reasonSchema }),
  z.strictObject({ type: z.literal('room.entered') }),
  z.strictObject({ type: z.literal('room.left'), reason: reasonSchema }),
  z.strictObject({ type: z.literal('path.lost'), reason: reasonSchema }),
  z.strictObject({ type: z.literal('path.restored') }),
  /** The first record of every outbox. `setAside`: the file in which the one before it still lies. */
  z.strictObject({
    type: z.literal('outbox.begun'),
    because: z.enum(['first', 'damaged', 'keyMissing']),
    previousOutboxId: outboxIdSchema.nullable(),
    setAside: plainText(128).nullable(),
  }),
  /** So many records of a kind could not be kept, between these moments of the box's clock. */
  z.strictObject({
    type: z.literal('outbox.lost'),
    kind: recordKindSchema,
    reason: z.enum(['limit', 'disk', 'failure']),
    count: z.int().min(1),
    fromMs: momentSchema,
    untilMs: momentSchema,
  }),
]);
export type BoxEvent = z.infer<typeof boxEventSchema>;

export const captureSchema = z.strictObject({
  mediaType: z.enum(['image/jpeg', 'image/png', 'image/webp', 'application/dicom', 'video/mp4']),
  label: labelSchema,
  bytes: z.int().min(1).max(MAX_CAPTURE_BYTES),
  /** The records that follow this one directly carry it, in `CAPTURE_PART_BYTES` each but the last. */
  parts: z.int().min(1).max(MAX_CAPTURE_PARTS),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Capture = z.infer<typeof captureSchema>;

const common = {
  number: recordNumberSchema,
  /** The box's clock when it was taken, and which run of that clock. */
  boxAtMs: momentSchema,
  clockRun: z.string().regex(/^[A-Za-z0-9_-]{8,32}$/),
  /** What to add to get hub time, as known then; null before the box has heard the hub's clock. */
  hubOffsetMs: offsetSchema.nullable(),
  /** The room the box served at the time, as it believes. */
  roomId: roomIdSchema.nullable(),
};
const noBody = z.literal(0);

export const recordSchema = z.discriminatedUnion('kind', [
  /** Body: vitals frames one after the other (src/lib/vitals/chunk.ts), raw deflate. */
  z.strictObject({
    ...common,
    kind: z.literal('vitals'),
    data: z.strictObject({ durationMs: z.int().min(0).max(60_000) }),
    bytes: z.int().min(1).max(MAX_VITALS_BYTES),
  }),
  z.strictObject({ ...common, kind: z.literal('capture'), data: captureSchema, bytes: noBody }),
  z.strictObject({
    ...common,
    kind: z.literal('capturePart'),
    data: z.strictObject({
      capture: recordNumberSchema,
      part: z
        .int()
        .min(0)
        .max(MAX_CAPTURE_PARTS - 1),
    }),
    bytes: z.int().min(1).max(CAPTURE_PART_BYTES),
  }),
  z.strictObject({ ...common, kind: z.literal('event'), data: boxEventSchema, bytes: noBody }),
  /** The clock was corrected: `hubOffsetMs` is the new offset, `stepMs` by how much it changed. */
  z.strictObject({
    ...common,
    kind: z.literal('clock'),
    data: z.strictObject({ cause: z.enum(['hub', 'wall']), stepMs: offsetSchema }),
    bytes: noBody,
  }),
  /** Stands for a record that cannot be delivered; the box keeps that aside. */
  z.strictObject({
    ...common,
    kind: z.literal('void'),
    data: z.strictObject({ was: recordKindSchema, reason: z.enum(['refused', 'damaged']) }),
    bytes: noBody,
  }),
]);
export type BoxRecord = z.infer<typeof recordSchema>;

const batchSchema = z.strictObject({
  outboxId: outboxIdSchema,
  /** Said after `out_of_order`: the box no longer has the numbers from here up to its first record. */
  gapFrom: recordNumberSchema.nullable(),
  records: z.array(z.unknown()).min(1).max(MAX_BATCH_RECORDS),
});

export const recordsAckSchema = z.object({ outboxId: outboxIdSchema, through: z.int().min(0) });
export const recordsRefusalSchema = z.object({
  error: z.object({
    code: z.string().max(64),
    message: z.string().max(1000),
    /** The first bad record. */
    record: recordNumberSchema.optional(),
    /** The number that the hub waits for. */
    expected: recordNumberSchema.optional(),
  }),
});

/** A refusal that names a record. */
export class RecordError extends HubError {
  readonly details: { record?: number; expected?: number };

  constructor(
    code: 'invalid_message' | 'out_of_order' | 'conflict',
    message: string,
    details: RecordError['details'],
  ) {
    super(code, message);
    this.details = details;
  }
}

/** By shape, not by class: pages are bundled, the hub is not, so each has a class of its own. */
export function isRecordError(error: unknown): error is RecordError {
  return isHubError(error) && 'details' in error;
}

export interface RecordInBatch {
  record: BoxRecord;
  /** The record's JSON exactly as it was sent. */
  json: string;
  body: Uint8Array;
}

export interface RecordBatch {
  outboxId: string;
  gapFrom: number | null;
  records: RecordInBatch[];
}

/** `records` as JSON that was made when they were taken: a record that is sent again is the same to the byte. */
export function encodeBatch(batch: {
  outboxId: string;
  gapFrom: number | null;
  records: { json: string; body: Uint8Array }[];
}): Uint8Array<ArrayBuffer> {
  const { outboxId, gapFrom, records } = batch;
  const header = new TextEncoder().encode(
    `{"outboxId":${JSON.stringify(outboxId)},"gapFrom":${JSON.stringify(gapFrom)},"records":[${records
      .map(({ json }) => json)
      .join(',')}]}`,
  );
  const bodies = records.reduce((sum, { body }) => sum + body.length, 0);
  const bytes = new Uint8Array(4 + header.length + bodies);
  new DataView(bytes.buffer).setUint32(0, header.length);
  bytes.set(header, 4);
  let at = 4 + header.length;
  for (const { body } of records) {
    bytes.set(body, at);
    at += body.length;
  }
  return bytes;
}

/** @throws {RecordError} naming the first bad record; {HubError} when it is no batch at all. */
export function decodeBatch(bytes: Uint8Array): RecordBatch {
  if (bytes.length > MAX_BATCH_BYTES) throw new HubError('message_too_large');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length < 4 ? Infinity : view.getUint32(0);
  if (headerBytes > bytes.length - 4) throw new HubError('invalid_message', 'shorter than its header says');
  const parsed = batchSchema.safeParse(parseJson(bytes.subarray(4, 4 + headerBytes)));
  if (!parsed.success) throw new HubError('invalid_message', problems(parsed.error));
  const { outboxId, gapFrom, records } = parsed.data;
  let at = 4 + headerBytes;
  let before: number | null = null;
  const decoded = records.map((raw): RecordInBatch => {
    const record = checkedRecord(raw, before);
    before = record.number;
    const body = bytes.subarray(at, at + record.bytes);
    if (body.length < record.bytes) {
      throw new RecordError('invalid_message', 'its body is cut short', { record: record.number });
    }
    at += record.bytes;
    return { record, json: JSON.stringify(raw), body };
  });
  if (at !== bytes.length) throw new HubError('invalid_message', 'longer than its records say');
  return { outboxId, gapFrom, records: decoded };
}

function checkedRecord(raw: unknown, before: number | null): BoxRecord {
  const expected = before === null ? null : before + 1;
  const parsed = recordSchema.safeParse(raw);
  if (!parsed.success) {
    const said = recordNumberSchema.safeParse((raw as { number?: unknown } | null)?.number);
    const record = expected ?? (said.success ? said.data : undefined);
    throw new RecordError('invalid_message', problems(parsed.error), record ? { record } : {});
  }
  const { number } = parsed.data;
  if (expected !== null && number !== expected) {
    throw new RecordError('invalid_message', `${expected} must follow, not ${number}`, { record: number });
  }
  const problem = problemWith(parsed.data);
  if (problem) throw new RecordError('invalid_message', problem, { record: number });
  return parsed.data;
}

function problemWith(record: BoxRecord): string | null {
  const trueMs = record.boxAtMs + (record.hubOffsetMs ?? 0);
  if (trueMs < 0 || trueMs > MAX_MOMENT_MS) return 'its time is out of range';
  if (record.kind === 'capture') {
    const { bytes, parts } = record.data;
    if (parts !== Math.ceil(bytes / CAPTURE_PART_BYTES)) return 'the number of parts does not fit the size';
  }
  if (record.kind === 'capturePart') {
    const { capture, part } = record.data;
    if (capture + 1 + part !== record.number) return 'a part must follow its capture directly';
  }
  return null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HubError('invalid_message', 'the header is not JSON');
  }
}

function problems(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ')
    .slice(0, 500);
}
