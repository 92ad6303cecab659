import { TZDateMini } from '@date-fns/tz';
import { z } from 'zod';

/** `2026-11-28`, a day as the wall calendar shows it. */
export const daySchema = z.iso.date();
/** `14:30`, as the wall clock shows it. */
export const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** The name of a time zone as IANA keeps them, `Asia/Shanghai`. An offset is none: it knows no daylight saving. */
export const zoneSchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]/)
  .refine(isZone, { error: 'no time zone of this name' });

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export interface Wall {
  day: string;
  clock: string;
}

/** What calendar and clock show there at an instant. */
export function wallOf(atMs: number, zone: string): Wall {
  const at = new TZDateMini(atMs, zone);
  return {
    day: `${padded(at.getFullYear(), 4)}-${padded(at.getMonth() + 1)}-${padded(at.getDate())}`,
    clock: `${padded(at.getHours())}:${padded(at.getMinutes())}`,
  };
}

/**
 * The instant at which calendar and clock show this, in ms; the first of two where clocks are set back. Null in the hour that is left out when
 * clocks are set forward: it never is that time.
 */
export function instantOf({ day, clock }: Wall, zone: string): number | null {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  const shown = Date.UTC(year, month - 1, date, hours, minutes);
  const DAY_MS = 86_400_000;
  // Whatever the offset is, it is the one of some instant within a day of this one.
  const offsets = [shown - DAY_MS, shown + DAY_MS].map(
    (nearMs) => new TZDateMini(nearMs, zone).getTimezoneOffset() * 60_000,
  );
  const candidates = offsets
    .map((offsetMs) => shown + offsetMs)
    .filter((atMs) => {
      const wall = wallOf(atMs, zone);
      return wall.day === day && wall.clock === clock;
    });
  return candidates.length === 0 ? null : Math.min(...candidates);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** 1 Monday … 7 Sunday, as ISO 8601 counts. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

export interface Range {
  fromMs: number;
  /** No longer part of it. */
  toMs: number;
}

/** A day there, of 23, 24 or 25 hours. */
export function dayRange(day: string, zone: string): Range {
  return { fromMs: beginOf(day, zone), toMs: beginOf(addDays(day, 1), zone) };
}

/** The week, from Monday, that the day is in. */
export function weekRange(day: string, zone: string): Range {
  const monday = addDays(day, 1 - weekdayOf(day));
  return { fromMs: beginOf(monday, zone), toMs: beginOf(addDays(monday, 7), zone) };
}

/** Some places set their clocks at midnight: their day begins at one. */
function beginOf(day: string, zone: string): number {
  return instantOf({ day, clock: '00:00' }, zone) ?? (instantOf({ day, clock: '01:00' }, zone) as number);
}

const padded = (value: number, length = 2): string => String(value).padStart(length, '0');

/** What begins on each day there, in order; a day on which nothing begins is not listed. */
export function byDay<T extends { startsAtMs: number }>(
  items: readonly T[],
  zone: string,
): { day: string; items: T[] }[] {
  const days = new Map<string, T[]>();
  for (const item of items.toSorted((a, b) => a.startsAtMs - b.startsAtMs)) {
    const { day } = wallOf(item.startsAtMs, zone);
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days].map(([day, items]) => ({ day, items }));
}
