import { getLocale } from '../paraglide/runtime.js';

/** `2026年11月24日 周二` or `Tue, 24 Nov 2026`. */
export function formatDate(atMs: number, locale: string = getLocale()): string {
  const date = new Date(atMs);
  if (locale === 'zh-CN') {
    const weekday = new Intl.DateTimeFormat('zh-CN', { weekday: 'short' }).format(date);
    return `${date.getFullYear()}年${date.getMonth() + 1}月${date.getDate()}日 ${weekday}`;
  }
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }).format(date);
}

/** `14:05`, with seconds when asked. */
export function formatTime(atMs: number, withSeconds = false): string {
  return new Intl.DateTimeFormat('zh-CN', {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' as const } : {}),
    hourCycle: 'h23',
  }).format(new Date(atMs));
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
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(
    Math.round(differenceMs / unitMs),
    unit,
  );
}
