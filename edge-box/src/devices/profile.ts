import type { z } from 'zod';
import type { boxFeedsSchema } from '../../../src/lib/signaling/contract/index.ts';

/** One profile a device: source, class, label, modality, side. The shapes are the contract's, because the hub configures them. */
export { boxFeedsSchema } from '../../../src/lib/signaling/contract/index.ts';
export type {
  AudioSource,
  TalkBack,
  VideoSource as VideoSourceConfig,
} from '../../../src/lib/signaling/contract/index.ts';

export type BoxFeeds = z.infer<typeof boxFeedsSchema>;
export type VideoProfile = BoxFeeds['video'][number];
export type AudioProfile = NonNullable<BoxFeeds['audio']>;
