import { addDays, MOST_SLOTS, slotPlanSchema, slotTimes, type Range } from '../../clinic/model/time/index.ts';
import type { CaseKind } from '../../signaling/contract/index.ts';

/** Time to be offered, as somebody fills it in. */
export interface PlanDraft {
  service: CaseKind;
  firstDay: string;
  weeks: number | null;
  /** By weekday, Monday first. */
  weekdays: boolean[];
  from: string;
  until: string;
  minutes: string;
}

/** Tomorrow and the working days of the week that begins with it: the habit, to be changed where it is another. */
export const newPlan = (today: string): PlanDraft => ({
  service: 'outpatient',
  firstDay: addDays(today, 1),
  weeks: 1,
  weekdays: [true, true, true, true, true, false, false],
  from: '09:00',
  until: '11:30',
  minutes: '30',
});

/** As the hub takes it. */
export const planOf = (draft: PlanDraft, accountId: string, zone: string) => ({
  kind: 'weekly' as const,
  accountId,
  service: draft.service,
  zone,
  minutes: Number(draft.minutes),
  firstDay: draft.firstDay,
  weeks: draft.weeks ?? 0,
  weekdays: draft.weekdays.flatMap((isOn, index) => (isOn ? [index + 1] : [])),
  from: draft.from,
  until: draft.until,
});

export type PlanWrong = 'days' | 'times' | 'incomplete' | 'past' | 'many';

/** The times that a draft makes, or what is wrong with it. */
export function timesOf(
  draft: PlanDraft,
  zone: string,
  nowMs: number,
): { times: Range[] } | { wrong: PlanWrong } {
  const parsed = slotPlanSchema.safeParse(planOf(draft, 'anybody', zone));
  if (!parsed.success) {
    if (draft.weekdays.every((isOn) => !isOn)) return { wrong: 'days' };
    return {
      wrong: draft.from !== '' && draft.until !== '' && draft.from >= draft.until ? 'times' : 'incomplete',
    };
  }
  // Before all of them are made: that takes its time, at every key that is pressed.
  if (mostOf(draft) > MOST_SLOTS) return { wrong: 'many' };
  const times = slotTimes(parsed.data);
  if (times.length === 0) return { wrong: 'days' };
  return times[0]!.fromMs <= nowMs ? { wrong: 'past' } : { times };
}

/** How many a complete draft makes, clocks that are set forward aside. */
function mostOf({ from, until, minutes, weeks, weekdays }: PlanDraft): number {
  const [begin = 0, end = 0] = [from, until].map((clock) => {
    const [hour = 0, minute = 0] = clock.split(':').map(Number);
    return hour * 60 + minute;
  });
  return Math.floor((end - begin) / Number(minutes)) * weekdays.filter(Boolean).length * (weeks ?? 0);
}
