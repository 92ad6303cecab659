import type { SelfTestCheck, SelfTestResult } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxClock } from '../clock.ts';
import type { BoxFeeds } from '../devices/profile.ts';
import type { EngineStats } from '../engine/engine.ts';
import type { VitalsSource } from '../vitals/source.ts';
import type { VitalsSourceStatus } from '../vitals/vitals-hub.ts';
import { judgeClock, judgeDisk, judgeSound, judgeUplink, judgeVideo, judgeVitals } from './judge.ts';
import { probeFeed, probeVitals } from './probes.ts';
import { MEANINGS } from './words.ts';

/** Devices, monitor and hub are looked at side by side; the whole takes no longer than this and a moment. */
const LOOK_LIMIT_MS = 8_000;

export interface SelfTestParts {
  feeds: BoxFeeds;
  clock: BoxClock;
  engine: { stats(): EngineStats };
  /** The vitals sources as they do; null while they do not run. */
  vitals(): VitalsSourceStatus[] | null;
  /** To be tried while they do not run. */
  makeVitalsSources(): VitalsSource[];
  freeDiskBytes(): Promise<number>;
  /** Box time minus hub time; null until it is known. */
  clockOffsetMs(): number | null;
  isHubReachable(): Promise<boolean>;
}

type Subject = SelfTestCheck['subject'];

/** Looks at everything an exam needs, in a few seconds. What streams already is not disturbed: its own figures are taken. */
export async function runSelfTest(parts: SelfTestParts, limitMs = LOOK_LIMIT_MS): Promise<SelfTestResult> {
  const startedAtMs = parts.clock.nowMs();
  const found = await Promise.all([
    ...videoChecks(parts, limitMs),
    ...soundChecks(parts, limitMs),
    vitalsChecks(parts, limitMs),
    machineChecks(parts),
  ]);
  const checks = found.flat();
  const status = checks.some((one) => one.status === 'fail')
    ? 'fail'
    : checks.some((one) => one.status === 'warn')
      ? 'warn'
      : 'ok';
  return { startedAtMs, tookMs: parts.clock.nowMs() - startedAtMs, status, checks };
}

function check(subject: Subject, finding: SelfTestCheck['finding']): SelfTestCheck {
  const { status, zh, en } = MEANINGS[finding];
  return { subject, status, finding, words: { zh, en } };
}

/** What a feed that streams now knows of its device; undefined while it does not. */
function streaming(parts: SelfTestParts, slot: string) {
  return parts.engine.stats().devices?.find((device) => device.slot === slot);
}

function videoChecks(parts: SelfTestParts, limitMs: number): Promise<SelfTestCheck>[] {
  return parts.feeds.video.map(async ({ slot, label, source, maxBitrateKbps }) => {
    const job = { kind: 'video', source, bitrateKbps: maxBitrateKbps } as const;
    const facts = streaming(parts, slot) ?? (await probeFeed(job, parts.clock, limitMs));
    return check({ kind: 'video', slot, label }, judgeVideo(facts, source.framesPerSecond));
  });
}

function soundChecks(parts: SelfTestParts, limitMs: number): Promise<SelfTestCheck>[] {
  const { audio } = parts.feeds;
  if (!audio) return [];
  const { slot, label, source, bitrateKbps } = audio;
  const look = async (): Promise<SelfTestCheck> => {
    const job = { kind: 'audio', source, bitrateKbps } as const;
    const facts = streaming(parts, slot) ?? (await probeFeed(job, parts.clock, limitMs));
    return check({ kind: 'sound', slot, label }, judgeSound(facts));
  };
  return [look()];
}

async function vitalsChecks(parts: SelfTestParts, limitMs: number): Promise<SelfTestCheck[]> {
  if (parts.feeds.vitalsSlot === null) return [];
  const statuses = parts.vitals() ?? (await probeVitals(parts.makeVitalsSources(), parts.clock, limitMs));
  return statuses.map((status) => check({ kind: 'vitals', sourceId: status.id }, judgeVitals(status)));
}

async function machineChecks(parts: SelfTestParts): Promise<SelfTestCheck[]> {
  const [freeBytes, isReachable] = await Promise.all([
    parts.freeDiskBytes().catch(() => 0),
    parts.isHubReachable().catch(() => false),
  ]);
  const checks = [
    check({ kind: 'disk' }, judgeDisk(freeBytes)),
    check({ kind: 'clock' }, judgeClock(parts.clockOffsetMs())),
    check({ kind: 'hub' }, isReachable ? 'ok' : 'hub-away'),
  ];
  // Only measured while something is sent; a guess would be worse than nothing.
  const { estimateKbps } = parts.engine.stats();
  if (estimateKbps === null) return checks;
  const neededKbps = parts.feeds.video.reduce((sum, { minBitrateKbps }) => sum + minBitrateKbps, 0);
  return [...checks, check({ kind: 'uplink' }, judgeUplink(estimateKbps, neededKbps))];
}
