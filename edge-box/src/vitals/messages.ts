import { z } from 'zod';
import { METRICS, METRIC_NAMES } from '../../../src/lib/vitals/metrics.ts';
import type { MetricName } from '../../../src/lib/vitals/metrics.ts';

/**
 * What a wearable (e.g. RUIWatch), a gateway or a bedside monitor says to the box in JSON: by MQTT, by HTTP, or a line each on a serial port.
 * All times are of the sender's own clock. The box only uses their distance to `sentAtMs`, so that clock may be wrong.
 */
const timeMs = z.number().min(0).max(8.64e15);
const quality = z.enum(['ok', 'lead-off', 'artefact']).default('ok');
const namesOf = (kind: 'reading' | 'wave'): [MetricName, ...MetricName[]] =>
  METRIC_NAMES.filter((name) => METRICS[name].kind === kind) as [MetricName, ...MetricName[]];

const readingSchema = z.strictObject({
  metric: z.enum(namesOf('reading')),
  atMs: timeMs,
  /** In the metric's unit (see METRICS); null when the sensor has none. */
  value: z.number().nullable(),
  quality,
});

const waveSchema = z.strictObject({
  metric: z.enum(namesOf('wave')),
  /** When the first of the values was measured. */
  atMs: timeMs,
  rateHz: z.number().min(1).max(4_000),
  values: z.array(z.number().nullable()).min(1).max(2_000),
  quality,
});

export const vitalsMessageSchema = z
  .strictObject({
    v: z.literal(1),
    /** Counts the sender's messages, so that lost and doubled ones are seen; starts again anywhere. */
    seq: z.int().min(0).max(0xffff_ffff),
    sentAtMs: timeMs,
    /** True for test signals. */
    simulated: z.boolean().default(false),
    readings: z.array(readingSchema).max(32).default([]),
    waves: z.array(waveSchema).max(16).default([]),
  })
  .refine((message) => message.readings.length + message.waves.length > 0, { error: 'an empty message' });

export type VitalsMessage = z.infer<typeof vitalsMessageSchema>;

/** The longest message that is read: 12 leads of 2,000 samples, with room. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
