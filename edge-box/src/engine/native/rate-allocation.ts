import { sizesOf } from '../../media/ladder-sizes.ts';
import type { VideoClass, VideoFeedConfig } from '../engine.ts';

/** What a feed may have. */
export interface Share {
  streamClass: VideoClass;
  /** Of the largest size of its picture, as is the maximum. */
  minKbps: number;
  maxKbps: number;
  /** How many sizes of its picture it sends. */
  layers: number;
  /** Not more smaller sizes than this now, smallest first. */
  lowerAllowed: number;
}

/** Headers, retransmissions and sound take their part before any picture. */
const OVERHEAD = 0.08;
/**
 * Each smaller size has a quarter of the next one's pixels and gets a quarter of its bits, so that it looks as good for its size. A viewer's
 * thin downlink gets by with a quarter or a sixteenth, and the uplink pays a quarter more, or five sixteenths.
 */
const LAYER_PART = 1 / 4;
/** Less than this is no moving picture, in whatever size. */
export const LEAST_KBPS = 50;

/** Of each smaller size, smallest first: its bits beside those of the largest. */
const lowerParts = (lower: number): number[] =>
  Array.from({ length: lower }, (_, layer) => LAYER_PART ** (lower - layer));
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** How many sizes of its picture a feed sends, and what it can use at most: smaller sizes come on top of `maxBitrateKbps`. */
export function ladderOf(feed: VideoFeedConfig): { layers: number; usableKbps: number } {
  const layers = sizesOf(feed.source, feed.simulcastLayers);
  return { layers, usableKbps: feed.maxBitrateKbps * (1 + sumOf(lowerParts(layers - 1))) };
}

/**
 * Divides what the uplink carries among the video feeds: everyone's minimum first, clinical before faces, then clinical up to its maximum with its
 * smaller sizes, then the rest. Returns kbit/s in the order given, for each feed one figure a size, smallest first.
 */
export function allocateKbps(totalKbps: number, audioKbps: number, shares: readonly Share[]): number[][] {
  let left = Math.max(0, totalKbps * (1 - OVERHEAD) - audioKbps);
  const order = shares
    .map((share, index) => ({ share, index }))
    .sort((a, b) => Number(a.share.streamClass !== 'clinical') - Number(b.share.streamClass !== 'clinical'));
  const minimum = shares.map(() => 0);
  for (const { share, index } of order) {
    const has = Math.min(left, share.minKbps);
    minimum[index] = has;
    left -= has;
  }
  const result: number[][] = shares.map(() => []);
  for (const { share, index } of order) {
    const has = minimum[index] ?? 0;
    const divided = divideAmongLayers(has + left, share);
    result[index] = divided.map(Math.floor);
    // Sums of parts end a hair below nothing, which would take a whole kbit/s from the next one's minimum.
    left = Math.max(0, left - (sumOf(divided) - has));
  }
  return result;
}

/**
 * Divides one feed's share among the sizes of its picture. The largest keeps the feed's minimum: a smaller one is sent only out of what is over
 * that, the smallest first since it costs least, and pauses as soon as it would take from it. Viewers of a size that pauses get the
 * largest, which is thin then as well. Returns kbit/s, smallest size first, 0 for those that pause.
 */
function divideAmongLayers(shareKbps: number, { minKbps, maxKbps, layers, lowerAllowed }: Share): number[] {
  const parts = lowerParts(layers - 1);
  for (let sent = Math.min(lowerAllowed, parts.length); sent > 0; sent--) {
    const whole = 1 + sumOf(parts.slice(0, sent));
    const fullKbps = Math.min(maxKbps, shareKbps / whole);
    const lower = parts.map((part, layer) => (layer < sent ? Math.max(LEAST_KBPS, fullKbps * part) : 0));
    const largest = Math.min(maxKbps, shareKbps - sumOf(lower));
    if (largest >= minKbps) return [...lower, largest];
  }
  return [...parts.map(() => 0), Math.min(maxKbps, shareKbps)];
}
