import type { z } from 'zod';
import type { boxFeedsSchema } from '../../src/lib/signaling/contract/index.ts';

type BoxFeeds = z.input<typeof boxFeedsSchema>;

/** One picture, and sound where wanted; small, so that other tests on these cores do not decide whether a picture comes in time. */
export function oneFeed({
  slot = 'probe',
  label = '超声',
  framesPerSecond = 10,
  sound = true,
}: { slot?: string; label?: string; framesPerSecond?: number; sound?: boolean } = {}): BoxFeeds {
  return {
    video: [
      {
        ...{ slot, label, streamClass: 'clinical' },
        source: { kind: 'sector-scan', width: 320, height: 180, framesPerSecond },
        minBitrateKbps: 100,
        maxBitrateKbps: 300,
      },
    ],
    audio: sound ? { slot: 'sound', label: '', bitrateKbps: 32 } : null,
    vitalsSlot: null,
  };
}

/** What the demo box sends, in a quarter of the pixels; at full size it is measured in bench/. */
export const DEMO_FEEDS_SMALL: BoxFeeds = {
  video: [
    {
      ...{ slot: 'probe', label: '超声 Ultrasound', streamClass: 'clinical' },
      source: { kind: 'sector-scan', width: 640, height: 360, framesPerSecond: 30 },
      minBitrateKbps: 300,
      maxBitrateKbps: 1_500,
    },
    {
      ...{ slot: 'room', label: '诊室 Room', streamClass: 'face' },
      source: { kind: 'room-camera', width: 320, height: 180, framesPerSecond: 10 },
      minBitrateKbps: 100,
      maxBitrateKbps: 300,
    },
  ],
  audio: { slot: 'sound', label: '多普勒 Doppler', bitrateKbps: 48 },
  vitalsSlot: 'vitals',
};
