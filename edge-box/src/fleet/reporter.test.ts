import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boxReportSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import type { Engine, EngineStats, VideoFeedStats } from '../engine/engine.ts';
import { ConfigStore } from './config-store.ts';
import { MachineHealth } from './machine-health.ts';
import { Modem } from './modem.ts';
import { Reporter } from './reporter.ts';

let folder: string;
let stats: EngineStats;
let outbox: BoxReport['outbox'];
let reporter: Reporter;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-report-'));
  outbox = null;
  stats = {
    state: 'connected',
    estimateKbps: 2500,
    rttMs: 40.4,
    paths: [
      { name: 'wlan0', active: false, rttMs: 90, lossPart: 0 },
      { name: 'wwan0', active: true, rttMs: 40, lossPart: 0 },
    ],
    pacerQueueMs: 0,
    feedbackAgeMs: 0,
    video: [feed({ frames: 100, packets: 1000 })],
    audioPackets: 0,
    vitalsSent: 0,
    vitalsDropped: 0,
  };
  const base = { video: [], audio: null, vitalsSlot: null, updateChannel: 'stable' as const };
  const store = new ConfigStore(folder, base, () => null);
  reporter = new Reporter({
    version: '0.1.0',
    machine: new MachineHealth(folder),
    modem: new Modem(path.join(folder, 'none')),
    engine: { stats: () => stats } as Partial<Engine> as Engine,
    store,
    hubNowMs: () => Date.now() - 5_000,
    outbox: () => outbox,
    update: () => null,
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

function feed(changes: Partial<VideoFeedStats>): VideoFeedStats {
  const zero = { frames: 0, keyFrames: 0, packets: 0, bytes: 0, retransmitted: 0, nacked: 0, restarts: 0 };
  return {
    slot: 'probe',
    targetKbps: 900,
    keyFrameRequests: 0,
    encodeMs: 3,
    held: false,
    ...zero,
    ...changes,
  };
}

it('says what the contract takes, and the rates since the last report', async () => {
  const first = await reporter.collect();
  expect(boxReportSchema.parse(first)).toEqual(first);
  expect(first).toMatchObject({ serving: true, modem: null, outbox: null, problems: [] });
  expect(Math.abs((first.clockOffsetMs ?? 0) - 5_000)).toBeLessThan(100);
  stats.video = [feed({ frames: 150, packets: 1500, nacked: 10 })];
  const second = await reporter.collect();
  expect(second.link).toMatchObject({
    state: 'connected',
    estimateKbps: 2500,
    lossPercent: 2,
    path: 'wwan0',
  });
  expect(second.feeds[0]?.framesPerSecond).toBeGreaterThan(0);
  expect((await reporter.collect()).link.lossPercent).toBeNull();
});

it('names its troubles while they are fresh, and begins anew with another engine', async () => {
  await reporter.collect();
  stats.video = [feed({ frames: 10, packets: 10, restarts: 2 })];
  outbox = { waiting: 5, oldestAgeS: 60, lost: 3 };
  stats.devices = [{ slot: 'probe', source: 'device-missing' }];
  const report = await reporter.collect();
  expect(report.problems).toEqual(['feed_restarting', 'outbox_losing', 'device_missing']);
  expect(report.feeds[0]?.framesPerSecond).toBe(0);
  expect(boxReportSchema.parse(report)).toEqual(report);
});
