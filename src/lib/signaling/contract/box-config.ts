import { z } from 'zod';
import { audioSourceSchema, talkBackSchema, videoSourceSchema } from './box-devices.ts';
import { vitalsSourcesSchema } from './box-vitals.ts';
import { labelSchema, slotSchema } from './ids.ts';

/** What a box shows and sends. The same shape in the box's own settings (`FEEDS`) and in what the hub configures. */

/** DICOM modality codes of what a box can show. */
export const BOX_MODALITIES = ['US', 'ES', 'GM', 'XC', 'OT'] as const;
export const BOX_LATERALITIES = ['left', 'right', 'both'] as const;

const videoFeedSchema = z
  .strictObject({
    slot: slotSchema,
    streamClass: z.enum(['clinical', 'face']),
    label: labelSchema,
    source: videoSourceSchema,
    minBitrateKbps: z.int().min(50).max(20_000),
    maxBitrateKbps: z.int().min(100).max(20_000),
    /** Sizes of the picture sent at once. */
    simulcastLayers: z.literal([1, 2, 3]).optional(),
    modality: z.enum(BOX_MODALITIES).optional(),
    /** Which side the device looks at, when that is fixed; shown behind the label. */
    laterality: z.enum(BOX_LATERALITIES).optional(),
    /** Clinical pictures only: while the link is too thin for their quality, the box keeps a film of them for the record. */
    recordWhenThin: z.boolean().optional(),
  })
  .refine((feed) => feed.minBitrateKbps <= feed.maxBitrateKbps, {
    error: 'minBitrateKbps is above maxBitrateKbps',
    path: ['minBitrateKbps'],
  });

const feeds = {
  video: z.array(videoFeedSchema).max(8),
  audio: z
    .strictObject({
      slot: slotSchema,
      label: labelSchema,
      bitrateKbps: z.int().min(6).max(256),
      /** Unset: the made-up Doppler sound. */
      source: audioSourceSchema.optional(),
    })
    .nullable(),
  vitalsSlot: slotSchema.nullable(),
  /** Unset: the recorded ECG. */
  vitalsSources: vitalsSourcesSchema.optional(),
  /** Unset: the voices of the far end are not played. */
  talkBack: talkBackSchema.optional(),
};

/** A slot names one feed: two of the same name would take each other's place at the hub. */
function slotsAreUnique({
  video,
  audio,
  vitalsSlot,
}: {
  video: { slot: string }[];
  audio: { slot: string } | null;
  vitalsSlot: string | null;
}): boolean {
  const slots = [...video.map(({ slot }) => slot), audio?.slot, vitalsSlot].filter(
    (slot) => typeof slot === 'string',
  );
  return new Set(slots).size === slots.length;
}
const unique = { error: 'two feeds have the same slot', path: ['video'] };

export const boxFeedsSchema = z.strictObject(feeds).refine(slotsAreUnique, unique);

export const UPDATE_CHANNELS = ['stable', 'beta', 'none'] as const;

/** The remote configuration of a box. */
export const boxConfigSchema = z
  .strictObject({ ...feeds, updateChannel: z.enum(UPDATE_CHANNELS) })
  .refine(slotsAreUnique, unique);
export type BoxConfig = z.infer<typeof boxConfigSchema>;
