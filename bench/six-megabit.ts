import { setTimeout as sleep } from 'node:timers/promises';
import { BoxClock } from '../edge-box/src/clock.ts';
import type { EngineConfig, VideoFeedConfig } from '../edge-box/src/engine/engine.ts';
import { BareHub } from '../edge-box/src/engine/testing/bare-hub.ts';
import { Arrivals, monotonicMs, type Arrival } from '../test/link/arrivals.ts';
import { linkState } from '../test/link/link-state.ts';
import { EnginePublisher } from '../test/link/publishers/engine-publisher.ts';
import { Relay } from '../test/link/relay.ts';
import type { LinkSample } from '../test/link/relay-protocol.ts';
import { median, summarise, type Summary } from './statistics.ts';

export const SIX_MEGABIT = {
  link: linkState({ delayMs: 40, queueMs: 300 }, { capKbps: 6_000, lossPart: 0.005 }),
  floorKbps: 4_000,
  settleMs: 10_000,
  measuredMs: 60_000,
} as const;

export interface SixMegabitResult {
  /** At the hub, by seconds. */
  clinicalKbps: Summary;
  /** Part of the seconds in which less than the floor came. */
  underFloorPart: number;
  /** What the engine told the clinical encoder to make. */
  clinicalToldKbps: Summary;
  /** What the engine believed the uplink carries, at the median. */
  estimateKbps: number;
  clinicalFramesPerSecond: number;
  facesKbps: number[];
  /** What the engine told the faces' encoders to make, at the median. */
  facesToldKbps: number[];
  voiceLongestGapMs: number;
  queueMs: Summary;
  droppedPackets: number;
  /** p99 of how late the relay itself was. */
  relayLateMs: number;
}

const face = (slot: string): VideoFeedConfig => ({
  slot,
  streamClass: 'face',
  label: '',
  source: { kind: 'room-camera', width: 640, height: 360, framesPerSecond: 30 },
  minBitrateKbps: 150,
  maxBitrateKbps: 1_000,
});
const FACES = ['room', 'doctor'];

const CONFIG: EngineConfig = {
  video: [
    {
      slot: 'probe',
      streamClass: 'clinical',
      label: '',
      source: { kind: 'sector-scan', width: 1280, height: 720, framesPerSecond: 30 },
      minBitrateKbps: SIX_MEGABIT.floorKbps,
      maxBitrateKbps: 6_000,
    },
    ...FACES.map(face),
  ],
  audio: { slot: 'voice', label: '', bitrateKbps: 40 },
  vitalsSlot: null,
};

export async function measureSixMegabit(): Promise<SixMegabitResult> {
  const clock = new BoxClock();
  await using stack = new AsyncDisposableStack();
  const hub = await BareHub.start();
  stack.defer(() => hub.close());
  const relay = Relay.start({ seed: 1, link: SIX_MEGABIT.link, clock });
  stack.defer(() => relay.close());
  const signals = relay.through(hub.signals);
  const publisher = new EnginePublisher('native', { clock, hub, signals, config: CONFIG });
  stack.defer(() => publisher.stop());
  await publisher.start();
  const arrivalsOf = (slot: string) => Arrivals.of(hub.producers.get(slot));
  const clinical = await arrivalsOf('probe');
  const voice = await arrivalsOf('voice');
  const faces = await Promise.all(FACES.map(arrivalsOf));

  await sleep(SIX_MEGABIT.settleMs);
  const fromMs = monotonicMs();
  const samples: LinkSample[] = [];
  relay.onSamples((batch) => samples.push(...batch));
  const [targets, estimates]: [number[], number[]] = [[], []];
  const facesTold: number[][] = FACES.map(() => []);
  const toldTo = (slot: string) => publisher.stats?.video.find((feed) => feed.slot === slot)?.targetKbps ?? 0;
  const seconds: Arrival[][] = [];
  for (let endMs = fromMs + 1000; endMs <= fromMs + SIX_MEGABIT.measuredMs; endMs += 1000) {
    await sleep(Math.max(0, endMs - monotonicMs()));
    targets.push(toldTo('probe'));
    FACES.forEach((slot, i) => facesTold[i]!.push(toldTo(slot)));
    estimates.push(publisher.estimateKbps ?? 0);
  }
  const untilMs = fromMs + SIX_MEGABIT.measuredMs;
  for (let atMs = fromMs; atMs < untilMs; atMs += 1000) seconds.push(clinical.between(atMs, atMs + 1000));
  const clinicalKbps = seconds.map((second) => kbpsOf(second, 1000));
  return {
    clinicalKbps: summarise(clinicalKbps),
    underFloorPart: clinicalKbps.filter((kbps) => kbps < SIX_MEGABIT.floorKbps).length / clinicalKbps.length,
    clinicalToldKbps: summarise(targets),
    estimateKbps: median(estimates),
    clinicalFramesPerSecond: pictures(seconds.flat()) / (SIX_MEGABIT.measuredMs / 1000),
    facesKbps: faces.map((each) => kbpsOf(each.between(fromMs, untilMs), SIX_MEGABIT.measuredMs)),
    facesToldKbps: facesTold.map(median),
    voiceLongestGapMs: voice.longestGapMs(fromMs, untilMs),
    queueMs: summarise(samples.map(({ queueMs }) => queueMs)),
    droppedPackets: samples.reduce((sum, { dropped }) => sum + dropped, 0),
    relayLateMs: summarise(samples.map(({ lateMs }) => lateMs)).p99,
  };
}

const kbpsOf = (arrivals: readonly Arrival[], ms: number): number =>
  (arrivals.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / ms;

/** Those whose last packet came. */
const pictures = (arrivals: readonly Arrival[]): number =>
  new Set(arrivals.filter(({ marker }) => marker).map(({ rtpTime }) => rtpTime)).size;
