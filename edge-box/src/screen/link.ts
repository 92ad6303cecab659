import { carrierOf } from '../engine/carrier.ts';
import type { EngineStats, VideoFeedConfig } from '../engine/engine.ts';
import type { LinkView } from './state.ts';

/** A picture at less than this part of what it could have is said to be less clear. */
const REDUCED_BELOW = 0.5;

/** How the link is, for people: what it carries, and what was given up so that the rest gets through. */
export function judgeLink(
  isHubOnline: boolean,
  stats: EngineStats,
  video: readonly VideoFeedConfig[],
  isPaused: (slot: string) => boolean,
): Omit<LinkView, 'sinceMs'> {
  const paths = stats.paths ?? [];
  const facts = {
    carrier: carrierOf(stats),
    otherCarriers: Math.max(0, paths.length - 1),
    estimateKbps: stats.estimateKbps === null ? null : Math.round(stats.estimateKbps / 100) * 100,
    rttMs: stats.rttMs === null ? null : Math.round(stats.rttMs / 10) * 10,
    held: [] as string[],
    reduced: [] as string[],
  };
  if (stats.state === 'lost' || (stats.state !== 'connected' && !isHubOnline))
    return { level: 'gone', ...facts };
  if (stats.state !== 'connected') return { level: 'idle', ...facts };
  for (const { slot, label, maxBitrateKbps } of video) {
    const feed = stats.video.find((one) => one.slot === slot);
    if (!feed || isPaused(slot)) continue;
    if (feed.held) facts.held.push(label || slot);
    else if (feed.targetKbps < maxBitrateKbps * REDUCED_BELOW) facts.reduced.push(label || slot);
  }
  const isWeak = facts.held.length > 0 || facts.reduced.length > 0 || !isHubOnline;
  return { level: isWeak ? 'weak' : 'good', ...facts };
}
