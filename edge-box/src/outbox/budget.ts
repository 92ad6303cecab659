import type { EngineStats } from '../engine/engine.ts';

/** Pictures and sound come first, but the record must not starve for hours on a thin link. */
const LEAST_SHARE = 0.05;
const LEAST_KBPS = 16;
/** While the media's path is gone, so is most of what it ran over: leave room for it to come back. */
const PATH_LOST_KBPS = 64;
/** Of what the media leave, half: its estimator must still find room to grow. */
const SPARE_SHARE = 0.5;

/** How much of the uplink the outbox may use now. */
export function outboxBudgetKbps(
  stats: Pick<EngineStats, 'state' | 'estimateKbps'> & { video: { targetKbps: number }[] },
): number {
  if (stats.state === 'idle') return Infinity;
  if (stats.state !== 'connected' || stats.estimateKbps === null) return PATH_LOST_KBPS;
  const used = stats.video.reduce((sum, { targetKbps }) => sum + targetKbps, 0);
  const spare = (stats.estimateKbps - used) * SPARE_SHARE;
  return Math.max(LEAST_KBPS, stats.estimateKbps * LEAST_SHARE, spare);
}
