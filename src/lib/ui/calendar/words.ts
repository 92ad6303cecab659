import { formatDate } from '../../i18n/index.ts';
import { wallOf } from '../../clinic/model/time/index.ts';
import type { CalendarEntry } from '../../clinic/time/index.ts';
import { m } from '../../paraglide/messages.js';
import { getLocale } from '../../paraglide/runtime.js';
import { caseKindText } from '../case/words.ts';

const intlLocale = (): string => (getLocale() === 'en' ? 'en-GB' : 'zh-CN');
/** Noon, so that it is the same day wherever somebody reads. */
const noonOf = (day: string): number => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 12).getTime();
};

/** `2026年11月24日 周二` */
export const dayText = (day: string): string => formatDate(noonOf(day));

/** `周二` */
export const weekdayText = (day: string): string =>
  new Intl.DateTimeFormat(intlLocale(), { weekday: 'short' }).format(noonOf(day));

/** `24` */
export const dateText = (day: string): string => String(Number(day.slice(8)));

/** `2026年11月23日至29日`, which not every browser's own tables have. */
export function rangeText(firstDay: string, lastDay: string): string {
  if (getLocale() === 'en')
    return new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'long', day: 'numeric' }).formatRange(
      noonOf(firstDay),
      noonOf(lastDay),
    );
  const [first, last] = [firstDay, lastDay].map((day) =>
    day.split('-').map((part, index) => `${Number(part)}${'年月日'[index]}`),
  );
  const differs = last!.findIndex((part, index) => part !== first![index]);
  return `${first!.join('')}至${last!.slice(differs).join('')}`;
}

/** `中国标准时间（GMT+8）` */
export function zoneText(zone: string, atMs: number): string {
  const named = (style: 'long' | 'shortOffset') =>
    new Intl.DateTimeFormat(intlLocale(), { timeZone: zone, timeZoneName: style })
      .formatToParts(atMs)
      .find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  return m.cal_zone_name({ name: named('long'), offset: named('shortOffset') });
}

/** `14:30` there. */
export const clockText = (atMs: number, zone: string): string => wallOf(atMs, zone).clock;

/** `2026年11月24日 周二 14:30` there. */
export function momentText(atMs: number, zone: string): string {
  const { day, clock } = wallOf(atMs, zone);
  return `${dayText(day)} ${clock}`;
}

export const spanText = (startsAtMs: number, endsAtMs: number, zone: string): string =>
  `${clockText(startsAtMs, zone)}–${clockText(endsAtMs, zone)}`;

const STATE: Record<NonNullable<CalendarEntry['state']>, () => string> = {
  booked: m.cal_state_booked,
  kept: m.cal_state_kept,
  missed: m.cal_state_missed,
};

/** What it is, in a word or two: free, or whose visit; of a colleague's calendar only that it is taken. */
export function entryText({ kind, patientName, service }: CalendarEntry): string {
  if (kind === 'free') return m.cal_free_of({ service: caseKindText(service) });
  return patientName === null
    ? caseKindText(service)
    : m.cal_entry({ name: patientName, service: caseKindText(service) });
}

/** How it stands with an appointment; null for all else. */
export const entryStateText = ({ state }: CalendarEntry): string | null => (state ? STATE[state]() : null);
