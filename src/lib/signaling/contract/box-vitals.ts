import { z } from 'zod';

/** Where a box's vitals come from. */

const sourceId = z.string().regex(/^[a-z0-9-]{1,32}$/);
const BAUD_RATES = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400] as const;

/** A recording played as if it were measured now; marked as simulated. */
const replaySchema = z.strictObject({
  kind: z.literal('replay'),
  id: sourceId,
  record: z.enum(['ecg-mitdb-208', 'ecg-mitdb-208-12-leads']),
});

const serialSchema = z.strictObject({
  kind: z.literal('serial'),
  id: sourceId,
  /** A path that survives replugging, e.g. `/dev/serial/by-id/…`. */
  port: z.string().regex(/^\/dev\/[\x21-\x7e]{1,200}$/),
  baudRate: z.literal(BAUD_RATES),
  /** `json-lines`: a message of the box's README in each line; `masimo-ascii-1`: Masimo's text output, a line a second. */
  protocol: z.enum(['json-lines', 'masimo-ascii-1']),
});

/** Standard Bluetooth services: heart rate 0x180D, pulse oximeter 0x1822, thermometer 0x1809. */
const bleSchema = z.strictObject({
  kind: z.literal('ble'),
  id: sourceId,
  address: z.string().regex(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/),
});

const mqttSchema = z.strictObject({
  kind: z.literal('mqtt'),
  id: sourceId,
  url: z
    .url({ protocol: /^mqtts?$/ })
    .max(256)
    .refine((url) => !/^mqtts?:\/\/[^/]*@/i.test(url), {
      error: 'user and password have fields of their own',
    }),
  topic: z.string().regex(/^[^\0#+]{1,200}$/),
  user: z.string().min(1).max(64).optional(),
  password: z.string().max(128).optional(),
});

/** A wearable or a gateway posts to the box: `POST /vitals` with `Authorization: Bearer <token>`. */
const httpSchema = z.strictObject({
  kind: z.literal('http'),
  id: sourceId,
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(0).max(65_535),
  token: z.string().regex(/^[\x21-\x7e]{16,128}$/),
});

export const vitalsSourceSchema = z.discriminatedUnion('kind', [
  replaySchema,
  serialSchema,
  bleSchema,
  mqttSchema,
  httpSchema,
]);
export type VitalsSourceConfig = z.infer<typeof vitalsSourceSchema>;

/** Their order is their rank: of two sources of one metric, the first that has it is shown. */
export const vitalsSourcesSchema = z
  .array(vitalsSourceSchema)
  .max(8)
  .refine((sources) => new Set(sources.map(({ id }) => id)).size === sources.length, {
    error: 'two sources have the same id',
  });
