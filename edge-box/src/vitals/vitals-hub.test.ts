import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MDC, decodeVitalsFrame, vitalsValues } from '../../../src/lib/vitals/frame.ts';
import type { VitalsFrame } from '../../../src/lib/vitals/frame.ts';
import { METRICS } from '../../../src/lib/vitals/metrics.ts';
import { BoxClock } from '../clock.ts';
import { loadEcgRecord } from './ecg-record.ts';
import { ReplaySource } from './replay-source.ts';
import type { Measurement, VitalsSink, VitalsSource } from './source.ts';
import { VitalsHub } from './vitals-hub.ts';

class HandSource implements VitalsSource {
  readonly id: string;
  readonly kind = 'hand';
  readonly detail = '';
  state: VitalsSource['state'] = 'stopped';
  sink: VitalsSink | undefined;

  constructor(id: string) {
    this.id = id;
  }

  start(sink: VitalsSink): void {
    this.sink = sink;
    this.state = 'ok';
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
  }
}

let nowMs: number;
let sent: VitalsFrame[];
let recorded: VitalsFrame[];
let first: HandSource;
let second: HandSource;
let hub: VitalsHub;

const measured = (from: HandSource, fields: Partial<Measurement> = {}): void =>
  from.sink?.measured({
    metric: 'spo2',
    startMs: nowMs,
    sampleRateHz: 0,
    values: [97.5],
    quality: 'ok',
    simulated: false,
    ...fields,
  });
const later = (ms: number): void => {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
};
const shown = (): (number | undefined)[] => sent.map((frame) => vitalsValues(frame)[0]);

beforeEach(async () => {
  vi.useFakeTimers();
  nowMs = 1_790_000_000_000;
  sent = [];
  recorded = [];
  first = new HandSource('monitor');
  second = new HandSource('watch');
  const clock = new BoxClock();
  clock.setHubOffsetMs(250);
  vi.spyOn(clock, 'nowMs').mockImplementation(() => nowMs);
  hub = new VitalsHub({
    sources: [first, second],
    clock,
    send: (message) => sent.push(decodeVitalsFrame(message)),
    record: (message) => recorded.push(decodeVitalsFrame(message)),
  });
  hub.start();
  await vi.advanceTimersByTimeAsync(0);
});
afterEach(() => {
  hub.stop();
  vi.useRealTimers();
});

describe('vitals hub', () => {
  it('sends in hub time, with its own numbers, and records the same', () => {
    measured(first);
    later(1000);
    measured(first, { values: [98] });
    expect(sent).toMatchObject([
      { code: MDC.spo2, sequence: 0, startHubMs: 1_790_000_000_250, quality: 'ok', simulated: false },
      { code: MDC.spo2, sequence: 1, startHubMs: 1_790_000_001_250 },
    ]);
    expect(shown().map((value) => value?.toFixed(1))).toEqual(['97.5', '98.0']);
    expect(recorded).toEqual(sent);
  });

  it('lets the higher source speak, and the other one when that falls silent', () => {
    measured(second, { values: [90] });
    measured(first, { values: [97] });
    later(1000);
    measured(second, { values: [91] });
    expect(shown().map((value) => Math.round(value ?? 0))).toEqual([90, 97]);
    later(METRICS.spo2.staleAfterMs + 500);
    measured(second, { values: [92] });
    expect(Math.round(shown().at(-1) ?? 0)).toBe(92);
    measured(first, { values: [96] });
    expect(Math.round(shown().at(-1) ?? 0)).toBe(96);
  });

  it('withdraws a reading that is not renewed, once', () => {
    measured(first);
    later(METRICS.spo2.staleAfterMs + 500);
    later(5_000);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatchObject({ quality: 'stale', code: MDC.spo2 });
    expect(shown()[1]).toBeNaN();
  });

  it.each(['lead-off', 'artefact', 'out-of-range'] as const)('shows no number of quality %s', (quality) => {
    measured(first, { quality });
    expect(sent).toMatchObject([{ quality }]);
    expect(shown()).toEqual([NaN]);
  });

  it('shows a disturbed wave as it is, and none without electrodes', () => {
    const wave = { metric: 'ecg-ii', sampleRateHz: 250, values: [0.5, NaN] } as const;
    measured(first, { ...wave, quality: 'artefact' });
    measured(first, { ...wave, quality: 'lead-off' });
    expect([...vitalsValues(sent[0] as VitalsFrame)]).toEqual([expect.closeTo(0.5, 3), NaN]);
    expect([...vitalsValues(sent[1] as VitalsFrame)]).toEqual([NaN, NaN]);
  });

  it('keeps what a source brings late, without taking the screen from another', () => {
    measured(second, { values: [95] });
    measured(first, { startMs: nowMs - 60_000, values: [80] });
    expect(shown().map((value) => Math.round(value ?? 0))).toEqual([95]);
  });

  it('cuts a long block into frames that join', () => {
    measured(first, {
      metric: 'ecg-ii',
      sampleRateHz: 500,
      values: Array.from({ length: 4_500 }, () => 0.1),
    });
    expect(sent.map(({ samples }) => samples.length)).toEqual([2000, 2000, 500]);
    expect((sent[1]?.startHubMs ?? 0) - (sent[0]?.startHubMs ?? 0)).toBe(4_000);
  });

  it('counts what each source did wrong', () => {
    first.sink?.rejected('garbage');
    first.sink?.rejected('garbage');
    first.sink?.lost(3);
    measured(first, { quality: 'out-of-range', values: [NaN] });
    expect(hub.statuses()).toMatchObject([
      { id: 'monitor', state: 'ok', lost: 3, rejected: { garbage: 2, 'out-of-range': 1 }, lastValueMs: null },
      { id: 'watch', measurements: 0 },
    ]);
  });

  it('carries twelve leads at 500 Hz', () => {
    const leads = Object.keys(METRICS).filter((name) => name.startsWith('ecg-')) as Measurement['metric'][];
    const values = Array.from({ length: 50 }, (_, i) => Math.sin(i));
    for (let block = 0; block < 10; block++) {
      for (const metric of leads) measured(first, { metric, sampleRateHz: 500, values });
      later(100);
    }
    expect(leads).toHaveLength(12);
    expect(new Set(sent.map(({ code }) => code)).size).toBe(12);
    expect(sent.reduce((sum, { samples }) => sum + samples.length, 0)).toBe(12 * 500);
  });
});

it('plays a recording, marked as simulated', async () => {
  vi.useRealTimers();
  const frames: VitalsFrame[] = [];
  const clock = new BoxClock();
  const source = new ReplaySource('replay', loadEcgRecord(), clock);
  const player = new VitalsHub({
    sources: [source],
    clock,
    send: (message) => frames.push(decodeVitalsFrame(message)),
  });
  player.start();
  await vi.waitFor(() =>
    expect(frames.filter(({ code }) => code === MDC.ecgLeadII).length).toBeGreaterThan(5),
  );
  player.stop();
  await player.stopped();
  const ecg = frames.filter(({ code }) => code === MDC.ecgLeadII);
  expect(frames.every(({ simulated }) => simulated)).toBe(true);
  expect(ecg.map(({ sequence }) => sequence)).toEqual(ecg.map((_, i) => i));
  expect((ecg[1]?.startHubMs ?? 0) - (ecg[0]?.startHubMs ?? 0)).toBeCloseTo(100, 6);
  expect(source.state).toBe('stopped');
});
