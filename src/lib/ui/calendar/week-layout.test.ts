import { expect, it } from 'vitest';
import type { CalendarEntry } from '../../clinic/time/index.ts';
import { minuteOf, weekLayout } from './week-layout.ts';

const ZONE = 'Asia/Shanghai';
const entry = (from: string, to: string, more: Partial<CalendarEntry> = {}): CalendarEntry => ({
  id: from,
  kind: 'free',
  service: 'outpatient',
  startsAtMs: Date.parse(`2026-12-01T${from}+08:00`),
  endsAtMs: Date.parse(`2026-12-01T${to}+08:00`),
  state: null,
  caseId: null,
  patientName: null,
  conflictsWith: [],
  ...more,
});
const layout = (...items: CalendarEntry[]) => weekLayout([{ day: '2026-12-01', items }], ZONE);
const blocks = (...items: CalendarEntry[]) => layout(...items).columns[0]!.blocks;

it('joins free slots that follow each other, and nothing else', () => {
  const shown = blocks(
    entry('09:00', '09:30'),
    entry('09:30', '10:00'),
    entry('10:00', '10:30', { service: 'consult' }),
    entry('10:30', '11:00', { kind: 'appointment' }),
    entry('11:00', '11:30', { kind: 'appointment' }),
    entry('14:00', '14:30'),
  );
  expect(shown.map(({ entries }) => entries.length)).toEqual([2, 1, 1, 1, 1]);
  expect(shown[0]).toMatchObject({ startMinute: 540, endMinute: 600, lane: 0, lanes: 1 });
});

it('puts what is at one time side by side, and what would be too low to touch as well', () => {
  const shown = blocks(
    entry('09:00', '11:00', { kind: 'case' }),
    entry('09:30', '10:00', { kind: 'appointment' }),
    entry('10:00', '10:30', { kind: 'appointment' }),
    entry('11:00', '11:30', { kind: 'case' }),
  );
  expect(shown.map(({ lane, lanes }) => [lane, lanes])).toEqual([
    [0, 2],
    [1, 2],
    [1, 2],
    [0, 1],
  ]);
  const short = blocks(
    entry('09:00', '09:05', { kind: 'case' }),
    entry('09:05', '09:10', { kind: 'appointment' }),
  );
  expect(short.map(({ lane }) => lane)).toEqual([0, 1]);
});

it('shows the working day, or more where there is more; an hour is as high as its shortest entry needs', () => {
  expect(layout()).toMatchObject({ fromHour: 8, toHour: 18, hourRem: 3.5 });
  const late = layout(entry('06:40', '07:00'), entry('21:50', '23:10'));
  expect(late).toMatchObject({ fromHour: 6, toHour: 24 });
  expect(late.hourRem).toBeCloseTo(5.625);
  expect(minuteOf(Date.parse('2026-12-01T00:30Z'), ZONE)).toBe(510);
});
