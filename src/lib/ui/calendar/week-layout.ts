import { wallOf } from '../../clinic/model/time/index.ts';
import type { CalendarEntry } from '../../clinic/time/index.ts';

/** What stands in one place of a day's column: one entry, or free slots that follow each other. */
export interface Block {
  entries: CalendarEntry[];
  startMinute: number;
  endMinute: number;
  /** Which of how many beside each other. */
  lane: number;
  lanes: number;
}

export interface WeekLayout {
  fromHour: number;
  toHour: number;
  /** How high an hour is: high enough that the shortest entry can be read and touched. */
  hourRem: number;
  columns: { day: string; blocks: Block[] }[];
}

/** Ours: what is shown of an empty day. */
const WORKING_HOURS = { from: 8, to: 18 };
const ENTRY_REM = 1.875;
/** As low as fits a touch beside another; what would be lower stands beside instead of beneath. */
const LEAST_REM = 1.75;
const HOUR_REM = { least: 3.5, most: 10.5 };
const DAY_MINUTES = 24 * 60;

/** Where each entry of a week stands in the columns of its days, by the clock on the wall there. */
export function weekLayout(
  days: readonly { day: string; items: readonly CalendarEntry[] }[],
  zone: string,
): WeekLayout {
  const columns = days.map(({ day, items }) => ({ day, blocks: blocksOf(items, zone) }));
  const blocks = columns.flatMap((column) => column.blocks);
  const shortest = Math.min(60, ...blocks.map(({ startMinute, endMinute }) => endMinute - startMinute));
  const hourRem = Math.min(HOUR_REM.most, Math.max(HOUR_REM.least, (ENTRY_REM * 60) / Math.max(1, shortest)));
  const leastMinutes = (LEAST_REM / hourRem) * 60;
  return {
    fromHour: Math.min(WORKING_HOURS.from, ...blocks.map(({ startMinute }) => Math.floor(startMinute / 60))),
    toHour: Math.max(WORKING_HOURS.to, ...blocks.map(({ endMinute }) => Math.ceil(endMinute / 60))),
    hourRem,
    columns: columns.map(({ day, blocks: of }) => ({ day, blocks: inLanes(of, leastMinutes) })),
  };
}

/** The minute of the day that the clock shows there. */
export function minuteOf(atMs: number, zone: string): number {
  const [hours = 0, minutes = 0] = wallOf(atMs, zone).clock.split(':').map(Number);
  return hours * 60 + minutes;
}

function blocksOf(items: readonly CalendarEntry[], zone: string): Block[] {
  const blocks: Block[] = [];
  for (const item of items) {
    const last = blocks.at(-1);
    const startMinute = minuteOf(item.startsAtMs, zone);
    const minutes = (item.endsAtMs - item.startsAtMs) / 60_000;
    const endMinute = Math.min(DAY_MINUTES, startMinute + minutes);
    if (last && follows(last.entries.at(-1)!, item)) {
      last.entries.push(item);
      last.endMinute = endMinute;
    } else blocks.push({ entries: [item], startMinute, endMinute, lane: 0, lanes: 1 });
  }
  return blocks;
}

const follows = (before: CalendarEntry, next: CalendarEntry): boolean =>
  before.kind === 'free' &&
  next.kind === 'free' &&
  before.service === next.service &&
  before.endsAtMs === next.startsAtMs &&
  before.conflictsWith.length + next.conflictsWith.length === 0;

/** What would cover another stands beside it. In the order of time. */
function inLanes(blocks: readonly Block[], leastMinutes: number): Block[] {
  const placed: Block[] = [];
  let group: Block[] = [];
  let ends: number[] = [];
  const close = () => {
    for (const block of group) placed.push({ ...block, lanes: ends.length });
    [group, ends] = [[], []];
  };
  for (const block of blocks) {
    if (ends.every((end) => end <= block.startMinute)) close();
    const free = ends.findIndex((end) => end <= block.startMinute);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = Math.max(block.endMinute, block.startMinute + leastMinutes);
    group.push({ ...block, lane });
  }
  close();
  return placed;
}
