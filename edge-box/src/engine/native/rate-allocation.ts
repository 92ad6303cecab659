import type { VideoClass } from '../engine.ts';

export interface Share {
  streamClass: VideoClass;
  minKbps: number;
  maxKbps: number;
}

/** Headers, retransmissions and sound take their part before any picture. */
const OVERHEAD = 0.08;

/**
 * Divides what the uplink carries among the video feeds: everyone's minimum first, clinical before faces, then clinical up to its maximum,
 * then the rest. Returns kbit/s in the order given.
 */
export function allocateKbps(totalKbps: number, audioKbps: number, shares: readonly Share[]): number[] {
  let left = Math.max(0, totalKbps * (1 - OVERHEAD) - audioKbps);
  const order = shares
    .map((share, index) => ({ share, index }))
    .sort((a, b) => Number(a.share.streamClass !== 'clinical') - Number(b.share.streamClass !== 'clinical'));
  const result = shares.map(() => 0);
  for (const limit of ['minKbps', 'maxKbps'] as const) {
    for (const { share, index } of order) {
      const has = result[index] ?? 0;
      const more = Math.min(left, share[limit] - has);
      if (more <= 0) continue;
      result[index] = has + more;
      left -= more;
    }
  }
  return result.map(Math.floor);
}
