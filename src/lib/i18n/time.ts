import { getLocale } from '../paraglide/runtime.js';

// Made once: to make one takes a hundred times as long as to use it, and a page of lists formats a thousand times.
const WEEKDAY = new Intl.DateTimeFormat('zh-CN', { weekday: 'short' });
const ENGLISH_DATE = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const MINUTES = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const CLOCK = new Intl.DateTimeFormat('zh-CN', MINUTES);
const CLOCK_WITH_SECONDS = new Intl.DateTimeFormat('zh-CN', { ...MINUTES, second: '2-digit' });
/** By locale. */
const RELATIVE = new Map<string, Intl.RelativeTimeFormat>();

/** `2026年11月24日 周二` or `Tue, 24 Nov 2026`. */
export function formatDate(atMs: number, locale: string = getLocale()): string {
  const date = new Date(atMs);
  if (locale !== 'zh-CN') return ENGLISH_DATE.format(date);
  return `${date.getFullYear()}年${date.getMonth() + 1}月${date.getDate()}日 ${WEEKDAY.format(date)}`;
}

/** `14:05`, with seconds when asked. */
export function formatTime(atMs: number, withSeconds = false): string {
  return (withSeconds ? CLOCK_WITH_SECONDS : CLOCK).format(atMs);
}

/** `12:04`, `1:02:03`. */
export function formatDuration(durationMs: number): string {
  const totalSeconds = Math.max(0, Math.floor(durationMs / 1000));
  const seconds = String(totalSeconds % 60).padStart(2, '0');
  const minutes = Math.floor(totalSeconds / 60) % 60;
  const hours = Math.floor(totalSeconds / 3600);
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`
    : `${String(minutes).padStart(2, '0')}:${seconds}`;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `3分钟前`; show the absolute time on hover beside it. */
export function relativeTime(atMs: number, nowMs: number, locale: string = getLocale()): string {
  const differenceMs = atMs - nowMs;
  const [unit, unitMs] = UNITS.find(([, size]) => Math.abs(differenceMs) >= size) ?? ['second', 1000];
  return relativeIn(locale).format(Math.round(differenceMs / unitMs), unit);
}

function relativeIn(locale: string): Intl.RelativeTimeFormat {
  const made = RELATIVE.get(locale) ?? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  RELATIVE.set(locale, made);
  return made;
}
