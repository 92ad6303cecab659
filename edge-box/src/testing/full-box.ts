import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../engine/engine.ts';
import { StubHub } from '../engine/testing/stub-hub.ts';
import { HubCounters } from './hub-counters.ts';
import { usageOf } from './process-usage.ts';
import type { Usage } from './process-usage.ts';

const START_LIMIT_MS = 60_000;

const clinical = { streamClass: 'clinical', minBitrateKbps: 500, maxBitrateKbps: 4_000 } as const;
const face = { streamClass: 'face', minBitrateKbps: 150, maxBitrateKbps: 800 } as const;
const hd = { width: 1280, height: 720, framesPerSecond: 30 };
const small = { width: 640, height: 360, framesPerSecond: 30 };

/** All that one box is meant to carry at once. */
const FULL_FEEDS = {
  video: [
    { slot: 'probe', label: '超声', ...clinical, source: { kind: 'sector-scan', ...hd } },
    { slot: 'scope', label: '内镜', ...clinical, source: { kind: 'sector-scan', ...hd } },
    { slot: 'doctor', label: '医生', ...face, source: { kind: 'room-camera', ...small } },
    { slot: 'room', label: '诊室', ...face, source: { kind: 'room-camera', ...small } },
  ],
  audio: { slot: 'sound', label: '多普勒', bitrateKbps: 48 },
  vitalsSlot: 'vitals',
  vitalsSources: [{ kind: 'replay', id: 'ecg', record: 'ecg-mitdb-208-12-leads' }],
};
export const VIDEO_SLOTS = FULL_FEEDS.video.map(({ slot }) => slot);

/** The box as a process with four pictures, sound and a 12-lead ECG, on a real mediasoup worker behind a stub of the hub. */
export class FullBox {
  readonly #hub: StubHub;
  readonly #folder: string;
  readonly #box: ChildProcess;
  readonly counters: HubCounters;

  private constructor(hub: StubHub, folder: string, box: ChildProcess, counters: HubCounters) {
    this.#hub = hub;
    this.#folder = folder;
    this.#box = box;
    this.counters = counters;
  }

  static async start(engine: EngineName): Promise<FullBox> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'rui-full-box-'));
    const hub = await StubHub.start();
    const box = fork(fileURLToPath(new URL('../main.ts', import.meta.url)), [], {
      // As the installed unit starts it.
      execArgv: [...process.execArgv, '--max-semi-space-size=16'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        HUB_URL: hub.url,
        BOX_DATA_DIR: folder,
        ENROL_CODE: hub.code,
        BOX_NAME: 'full',
        BOX_ENGINE: engine,
        FEEDS: JSON.stringify(FULL_FEEDS),
      },
    });
    try {
      const { producers, dataProducers } = hub.media;
      const limitMs = performance.now() + START_LIMIT_MS;
      while (producers.size < VIDEO_SLOTS.length + 1 || dataProducers.size === 0) {
        if (performance.now() > limitMs || box.exitCode !== null) throw new Error('the box does not stream');
        await sleep(50);
      }
      return new FullBox(hub, folder, box, await HubCounters.attach(hub.media));
    } catch (error) {
      await end(hub, box, folder);
      throw error;
    }
  }

  usage(): Usage {
    return usageOf(this.#box.pid ?? 0);
  }

  async stop(): Promise<void> {
    this.counters.close();
    await end(this.#hub, this.#box, this.#folder);
  }
}

async function end(hub: StubHub, box: ChildProcess, folder: string): Promise<void> {
  if (box.exitCode === null && box.signalCode === null) {
    const gone = new Promise((resolve) => box.once('exit', resolve));
    box.kill('SIGTERM');
    await gone;
  }
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
}
