import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_NAMES } from '../src/engine/engine.ts';
import type { EngineName } from '../src/engine/engine.ts';
import { FullBox, VIDEO_SLOTS } from '../src/testing/full-box.ts';
import type { SignalCount } from '../src/testing/hub-counters.ts';
import { slopePerHour } from './slope.ts';

/**
 * Everything a box carries at once (two 720p30 and two 360p30 pictures, sound, a 12-lead ECG at 500 samples/s), for long: do all frames and
 * samples arrive, what does it cost, and does its memory stay flat? The box is a process of its own; the hub's worker and the counters run on
 * the same machine and are not counted as the box's. A line a minute on stderr, one JSON object at the end.
 *
 * `node edge-box/bench/soak.ts [minutes] [native|libwebrtc]`
 */
const minutes = Number(process.argv[2] ?? 60);
const engine = (process.argv[3] ?? 'native') as EngineName;
if (!(minutes > 0) || !ENGINE_NAMES.includes(engine)) {
  console.error('usage: node edge-box/bench/soak.ts [minutes] [native|libwebrtc]');
  process.exit(2);
}

const SAMPLE_EVERY_MS = 5_000;
const REPORT_EVERY_MS = 60_000;
/** Encoders, buffers and the just-in-time compiler settle first; their growth is no leak. */
const warmUpMs = Math.min(5 * 60_000, minutes * 60_000 * 0.25);

interface Sample {
  atMs: number;
  cpuS: number;
  rssMb: number;
  rssMbOf: Map<number, number>;
  frames: Map<string, number>;
  samples: Map<number, number>;
}

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

const box = await FullBox.start(engine);
const { counters } = box;

function take(): Sample {
  const samples = new Map([...counters.signals].map(([code, signal]) => [code, signal.samples]));
  return { atMs: performance.now(), ...box.usage(), frames: new Map(counters.frames), samples };
}

/** What happened between two samples. */
function between(from: Sample, to: Sample) {
  const seconds = (to.atMs - from.atMs) / 1000;
  const rate = <K>(of: (sample: Sample) => Map<K, number>, key: K): number =>
    round(((of(to).get(key) ?? 0) - (of(from).get(key) ?? 0)) / seconds);
  const slots = [...VIDEO_SLOTS, 'sound'];
  const waves = [...counters.signals].filter(([, { sampleRateHz }]) => sampleRateHz > 0);
  return {
    framesPerS: Object.fromEntries(slots.map((slot) => [slot, rate((s) => s.frames, slot)])),
    samplesPerSAndLead: waves.map(([code]) => rate((s) => s.samples, code)),
    cpuPerS: round((to.cpuS - from.cpuS) / seconds, 2),
    rssMb: round(to.rssMb),
    processCount: to.rssMbOf.size,
  };
}

const taken: Sample[] = [];
let leastFramesPerS = Infinity;
try {
  await sleep(warmUpMs);
  let reported = take();
  taken.push(reported);
  const end = reported.atMs + minutes * 60_000 - warmUpMs;
  while (performance.now() < end) {
    await sleep(Math.min(SAMPLE_EVERY_MS, end - performance.now()));
    const now = take();
    taken.push(now);
    if (now.atMs - reported.atMs < REPORT_EVERY_MS) continue;
    const minute = between(reported, now);
    reported = now;
    leastFramesPerS = Math.min(leastFramesPerS, ...VIDEO_SLOTS.map((slot) => minute.framesPerS[slot] ?? 0));
    console.error(JSON.stringify(minute));
  }
} finally {
  await box.stop();
}

const sumOfSignals = (of: (signal: SignalCount) => number): number =>
  [...counters.signals.values()].reduce((sum, signal) => sum + of(signal), 0);

const [first, last] = [taken[0], taken.at(-1)];
if (!first || !last) throw new Error('too short');
const fit = slopePerHour(taken.map(({ atMs, rssMb }) => ({ atMs, value: rssMb })));
/** Told one by one, because one that grows hides behind one that shrinks. */
const processes = [...last.rssMbOf].map(([pid, rssMb]) => {
  const points = taken.flatMap(({ atMs, rssMbOf }) => {
    const value = rssMbOf.get(pid);
    return value === undefined ? [] : [{ atMs, value }];
  });
  return { rssMb: round(rssMb), slopeMbPerHour: round(slopePerHour(points).perHour, 2) };
});
const result = {
  cores: os.cpus().length,
  cpu: os.cpus()[0]?.model,
  engine,
  minutes,
  warmUpMinutes: round(warmUpMs / 60_000),
  ...between(first, last),
  leastFramesPerSInAMinute: leastFramesPerS === Infinity ? null : leastFramesPerS,
  vitalsGaps: sumOfSignals(({ gaps }) => gaps),
  clockSteps: sumOfSignals(({ clockSteps }) => clockSteps),
  rssSlopeMbPerHour: round(fit.perHour, 2),
  rssSlopeErrorMbPerHour: round(fit.errorPerHour, 2),
  processes,
};
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
