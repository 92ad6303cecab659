import { describe, expect, it } from 'vitest';
import { formatDate, formatDuration, relativeTime } from './time.ts';

describe('times as people read them', () => {
  const at = new Date(2026, 10, 24, 14, 5).getTime();

  it('writes a Chinese date with its weekday', () => {
    expect(formatDate(at, 'zh-CN')).toBe('2026年11月24日 周二');
    expect(formatDate(at, 'en')).toBe('Tue, 24 Nov 2026');
  });

  it('counts up in minutes, then in hours', () => {
    expect(formatDuration(0)).toBe('00:00');
    expect(formatDuration(724_000)).toBe('12:04');
    expect(formatDuration(3_723_000)).toBe('1:02:03');
    expect(formatDuration(-5)).toBe('00:00');
  });

  it('says how long ago in the largest fitting unit', () => {
    expect(relativeTime(at - 180_000, at, 'zh-CN')).toBe('3分钟前');
    expect(relativeTime(at + 7_200_000, at, 'en')).toBe('in 2 hours');
  });
});
