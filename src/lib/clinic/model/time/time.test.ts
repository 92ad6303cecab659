import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appointmentTitle,
  dayRange,
  instantOf,
  slotPlanSchema,
  slotTimes,
  surnameOf,
  wallOf,
  weekRange,
  whenWords,
  zoneSchema,
} from './index.ts';

const ZONES = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe', // half an hour of daylight saving
  'Asia/Kathmandu',
  'Africa/Cairo', // sets its clocks at midnight
  'Pacific/Apia',
  'UTC',
];
const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc
  .integer({ min: Date.parse('2024-01-01'), max: Date.parse('2030-01-01') })
  .map((ms) => ms - (ms % 60_000));

/** What the platform itself says, as the judge. */
function shownBy(atMs: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(atMs);
  const get = (type: string) => parts.find((part) => part.type === type)?.value;
  return `${get('year')}-${get('month')}-${get('day')} ${get('hour')}:${get('minute')}`;
}

describe('wall time', () => {
  it('is what the platform shows, and leads back to the instant or to its first twin', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (atMs, zone) => {
        const wall = wallOf(atMs, zone);
        expect(`${wall.day} ${wall.clock}`).toBe(shownBy(atMs, zone));
        const back = instantOf(wall, zone);
        expect(back).not.toBeNull();
        expect(shownBy(back as number, zone)).toBe(shownBy(atMs, zone));
        expect(back).toBeLessThanOrEqual(atMs);
      }),
      { numRuns: 500 },
    );
  });

  it('does not exist in the hour that is left out, and is the first of two where one is repeated', () => {
    const zone = 'Europe/Berlin';
    expect(instantOf({ day: '2027-03-28', clock: '02:30' }, zone)).toBeNull();
    expect(instantOf({ day: '2026-10-25', clock: '02:30' }, zone)).toBe(Date.parse('2026-10-25T00:30Z'));
  });

  it('makes days of 23 to 25 hours and weeks from Monday', () => {
    const zone = 'Europe/Berlin';
    const hours = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => (toMs - fromMs) / 3_600_000;
    expect(hours(dayRange('2027-03-28', zone))).toBe(23);
    expect(hours(dayRange('2026-10-25', zone))).toBe(25);
    expect(hours(weekRange('2026-10-25', zone))).toBe(7 * 24 + 1);
    expect(wallOf(weekRange('2026-10-25', zone).fromMs, zone)).toEqual({ day: '2026-10-19', clock: '00:00' });
    // Midnight itself is left out there.
    expect(wallOf(dayRange('2026-04-24', 'Africa/Cairo').fromMs, 'Africa/Cairo').clock).toBe('01:00');
  });

  it('knows zones by name only', () => {
    expect(zoneSchema.safeParse('Asia/Shanghai').success).toBe(true);
    for (const wrong of ['+08:00', 'Mars/Olympus', '', 'Asia/Shanghai\n'])
      expect(zoneSchema.safeParse(wrong).success).toBe(false);
  });
});

const weekly = (over: object = {}) =>
  slotPlanSchema.parse({
    kind: 'weekly',
    service: 'outpatient',
    zone: 'Europe/Berlin',
    minutes: 30,
    firstDay: '2027-03-22',
    weeks: 2,
    weekdays: [1, 7],
    from: '09:00',
    until: '10:00',
    ...over,
  });

describe('a plan of slots', () => {
  it('keeps the time on the wall over daylight saving', () => {
    const walls = slotTimes(weekly()).map(({ fromMs }) => wallOf(fromMs, 'Europe/Berlin'));
    expect(walls.map(({ day, clock }) => `${day} ${clock}`)).toEqual([
      '2027-03-22 09:00',
      '2027-03-22 09:30',
      '2027-03-28 09:00',
      '2027-03-28 09:30',
      '2027-03-29 09:00',
      '2027-03-29 09:30',
      '2027-04-04 09:00',
      '2027-04-04 09:30',
    ]);
    expect(new Date(slotTimes(weekly())[0]!.fromMs).toISOString()).toBe('2027-03-22T08:00:00.000Z');
    expect(new Date(slotTimes(weekly()).at(-1)!.toMs).toISOString()).toBe('2027-04-04T08:00:00.000Z');
  });

  it('leaves out holidays and what never is on the wall', () => {
    expect(slotTimes(weekly({ except: ['2027-03-28', '2027-03-29'] }))).toHaveLength(4);
    const night = slotTimes(weekly({ weeks: 1, weekdays: [7], from: '01:00', until: '04:00' }));
    expect(night.map(({ fromMs }) => wallOf(fromMs, 'Europe/Berlin').clock)).toEqual([
      '01:00',
      '01:30',
      '03:00',
      '03:30',
    ]);
  });

  it('leaves out what would begin while the one from before the clocks were set forward still runs', () => {
    const night = slotTimes(weekly({ weeks: 1, weekdays: [7], minutes: 90, from: '00:00', until: '06:00' }));
    expect(night.map(({ fromMs }) => wallOf(fromMs, 'Europe/Berlin').clock)).toEqual([
      '00:00',
      '01:30',
      '04:30',
    ]);
  });

  it('never overlaps itself, whatever the zone and the season', () => {
    const plans = fc.record({
      zone: anyZone,
      minutes: fc.integer({ min: 5, max: 120 }),
      firstDay: anyInstant.map((ms) => new Date(ms).toISOString().slice(0, 10)),
      weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 }),
    });
    fc.assert(
      fc.property(plans, (plan) => {
        const times = slotTimes(weekly({ ...plan, from: '00:00', until: '24:00' }));
        for (const [index, { fromMs }] of times.entries())
          if (index > 0) expect(fromMs).toBeGreaterThanOrEqual(times[index - 1]!.toMs);
      }),
      { numRuns: 30 },
    );
  });

  it('is refused when it makes no sense', () => {
    for (const wrong of [
      { until: '09:20' },
      { zone: 'nowhere' },
      { firstDay: '2027-02-30' },
      { weekdays: [] },
      { weekdays: [8] },
      { minutes: 0 },
      { from: '9:00' },
      { surplus: true },
    ])
      expect(() => weekly(wrong)).toThrow();
  });
});

describe('words', () => {
  it('say when and with whom, no more', () => {
    expect(appointmentTitle('consult', surnameOf('王建国'), 'zh-CN')).toBe('远程会诊 · 王医生');
    expect(appointmentTitle('surgery', surnameOf('欧阳娜娜'), 'zh-CN')).toBe('远程手术 · 欧阳医生');
    expect(appointmentTitle('exam', surnameOf('Mary Jane Watson'), 'en')).toBe('Remote exam · Dr Watson');
    expect(whenWords(Date.parse('2026-11-29T07:00Z'), 'Asia/Shanghai', 'zh-CN')).toMatch(/11月29日.*15:00/);
    expect(whenWords(Date.parse('2026-11-29T07:00Z'), 'Europe/Berlin', 'en')).toMatch(/Nov.*29.*08:00/);
  });
});
