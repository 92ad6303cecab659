import type { RemoteFeedLike } from '../../room/session-view.ts';
import type { Measured } from './extras.ts';

/** The worst of the clinical pictures as this page receives them at this moment. */
export function measuredIn(feeds: readonly Pick<RemoteFeedLike, 'feed' | 'quality'>[]): Measured {
  const clinical = feeds.filter(({ feed }) => feed.kind === 'video' && feed.streamClass === 'clinical');
  const worst = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const age = worst(clinical.map(({ quality }) => quality.ageMs));
  const loss = worst(clinical.map(({ quality }) => quality.lossFraction));
  return {
    ageMs: age === null ? null : Math.max(0, Math.round(age)),
    lossPercent: loss === null ? null : Math.round(loss * 10_000) / 100,
  };
}
