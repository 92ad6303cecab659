import type { StreamClass } from '$lib/signaling/contract/index.ts';

export const LAYOUTS = ['device', 'speaker', 'grid'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** As much of a picture as deciding its place needs. */
export interface Placeable {
  feedId: string;
  memberId: string;
  streamClass: StreamClass;
  fromBox: boolean;
  /** False for somebody who is in the room without a camera: a place under the own member id. */
  hasPicture: boolean;
}

/** The own picture has no feed of the room's; it is placed like one under this id. */
export const SELF_TILE = 'self';

export interface Arrangement {
  main: string[];
  side: string[];
}

/**
 * Which pictures stand large and which at the side. A pin wins over every layout; a layout that has nothing to show
 * large falls back to the next best, so that the stage is never empty while somebody sends a picture.
 */
export function arrange(
  feeds: readonly Placeable[],
  choice: { layout: Layout; pinnedId: string | null; activeSpeakerId: string | null; mainCount: number },
): Arrangement {
  const ids = feeds.map((feed) => feed.feedId);
  if (choice.layout === 'grid' && !ids.includes(choice.pinnedId ?? '')) {
    return { main: [...byImportance(feeds), SELF_TILE], side: [] };
  }
  const main = ids.includes(choice.pinnedId ?? '') ? [choice.pinnedId!] : mainOf(feeds, choice);
  const side = byImportance(feeds).filter((feedId) => !main.includes(feedId));
  return main.length > 0 ? { main, side: [...side, SELF_TILE] } : { main: [SELF_TILE], side };
}

function mainOf(
  feeds: readonly Placeable[],
  {
    layout,
    activeSpeakerId,
    mainCount,
  }: { layout: Layout; activeSpeakerId: string | null; mainCount: number },
): string[] {
  const clinical = feeds.filter((feed) => feed.streamClass === 'clinical').slice(0, mainCount);
  const screens = feeds.filter((feed) => feed.streamClass === 'screen').slice(0, 1);
  const people = feeds
    .filter((feed) => feed.streamClass === 'face' && !feed.fromBox)
    .sort((a, b) => Number(b.hasPicture) - Number(a.hasPicture));
  const speaker = people.filter((feed) => feed.memberId === activeSpeakerId).slice(0, 1);
  const orders =
    layout === 'speaker'
      ? [screens, speaker, people.slice(0, 1), clinical, feeds.slice(0, 1)]
      : [clinical, screens, speaker, people.slice(0, 1), feeds.slice(0, 1)];
  return (orders.find((order) => order.length > 0) ?? []).map((feed) => feed.feedId);
}

const RANK: Record<StreamClass, number> = { clinical: 0, screen: 1, face: 2, voice: 3, vitals: 3 };

/**
 * Device pictures first, then screens, people, a box's view of its room, and who shows nothing; otherwise in the order
 * they came.
 */
function byImportance(feeds: readonly Placeable[]): string[] {
  const rank = (feed: Placeable): number =>
    RANK[feed.streamClass] + (feed.fromBox ? 0.5 : feed.hasPicture ? 0 : 0.75);
  return [...feeds].sort((a, b) => rank(a) - rank(b)).map((feed) => feed.feedId);
}

/** Columns that make `count` tiles of 16:9 largest in the given area. */
export function gridColumns(count: number, widthPx: number, heightPx: number): number {
  let best = 1;
  let bestWidthPx = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const tileWidthPx = Math.min(widthPx / columns, ((heightPx / rows) * 16) / 9);
    if (tileWidthPx > bestWidthPx + 0.5) {
      best = columns;
      bestWidthPx = tileWidthPx;
    }
  }
  return best;
}
