import { describe, expect, it } from 'vitest';
import type { EngineConfig, VideoClass } from '../engine.ts';
import { facesHeld } from './face-hold.ts';

const config = (...feeds: [VideoClass, number][]): EngineConfig => ({
  video: feeds.map(([streamClass, minBitrateKbps], i) => ({
    slot: `feed-${i}`,
    streamClass,
    label: '',
    source: { kind: 'sector-scan', width: 640, height: 360, framesPerSecond: 30 },
    minBitrateKbps,
    maxBitrateKbps: 4_000,
  })),
  audio: { slot: 'sound', label: '', bitrateKbps: 50 },
  vitalsSlot: null,
});

describe('faces under a thin estimate', () => {
  const both = config(['clinical', 500], ['face', 150]);

  it('stand still as soon as not all floors fit', () => {
    expect(facesHeld(false, 700, both)).toBe(false);
    expect(facesHeld(false, 699, both)).toBe(true);
  });

  it('come back only with room to spare', () => {
    expect(facesHeld(true, 800, both)).toBe(true);
    expect(facesHeld(true, 840, both)).toBe(false);
  });

  it('move on without a clinical picture, and without an estimate', () => {
    expect(facesHeld(true, 10, config(['face', 150]))).toBe(false);
    expect(facesHeld(true, null, both)).toBe(false);
  });
});
