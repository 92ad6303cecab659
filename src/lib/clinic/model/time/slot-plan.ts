import { z } from 'zod';
import { accountIdSchema, caseKindSchema } from '../../../signaling/contract/index.ts';
import { addDays, clockSchema, daySchema, instantOf, weekdayOf, zoneSchema, type Range } from './zone.ts';

/** Ours: half a year of a full working week fits many times over; a mistaken series does not fill the table. */
export const MOST_SLOTS = 2000;

const common = {
  /** Whose time; the person's own unless said. */
  accountId: accountIdSchema.optional(),
  service: caseKindSchema,
  zone: zoneSchema,
  /** How long each is. */
  minutes: z.int().min(5).max(720),
};

/** Time that is offered, as people say it: by the clock on the wall, which stays the same over daylight saving. */
export const slotPlanSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('single'), ...common, day: daySchema, at: clockSchema }),
  z
    .strictObject({
      kind: z.literal('weekly'),
      ...common,
      /** The first day that may have some. */
      firstDay: daySchema,
      weeks: z.int().min(1).max(52),
      /** 1 Monday … 7 Sunday. */
      weekdays: z.array(z.int().min(1).max(7)).min(1).max(7),
      from: clockSchema,
      /** Nothing reaches beyond; `24:00` is the day's end. */
      until: z.union([clockSchema, z.literal('24:00')]),
      /** Days without any: holidays. */
      except: z.array(daySchema).max(366).default([]),
    })
    .refine(({ from, until, minutes }) => minutesOf(from) + minutes <= minutesOf(until), {
      error: 'not one slot fits between from and until',
    }),
]);
export type SlotPlan = z.output<typeof slotPlanSchema>;

/**
 * The slots of a plan in order, in ms since 1970. What would begin in the hour that is left out when clocks are set forward is left out too, and
 * what would begin before the one that began ahead of that hour is over.
 */
export function slotTimes(plan: SlotPlan): Range[] {
  const { zone, minutes } = plan;
  const walls = plan.kind === 'single' ? [{ day: plan.day, clock: plan.at }] : wallsOf(plan);
  const times: Range[] = [];
  for (const wall of walls) {
    const fromMs = instantOf(wall, zone);
    if (fromMs === null || fromMs < (times.at(-1)?.toMs ?? -Infinity)) continue;
    times.push({ fromMs, toMs: fromMs + minutes * 60_000 });
  }
  return times;
}

function wallsOf(plan: Extract<SlotPlan, { kind: 'weekly' }>) {
  const { firstDay, weeks, minutes, from, until } = plan;
  const [weekdays, except] = [new Set(plan.weekdays), new Set(plan.except)];
  const days = Array.from({ length: weeks * 7 }, (_, index) => addDays(firstDay, index)).filter(
    (day) => weekdays.has(weekdayOf(day)) && !except.has(day),
  );
  const clocks: string[] = [];
  for (let at = minutesOf(from); at + minutes <= minutesOf(until); at += minutes) clocks.push(clockOf(at));
  return days.flatMap((day) => clocks.map((clock) => ({ day, clock })));
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

const clockOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
