import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StubHub } from '../src/engine/testing/stub-hub.ts';
import { Viewer } from '../src/engine/testing/viewer.ts';
import { usageOf } from '../src/testing/process-usage.ts';

/**
 * What the demo box costs and how old its pictures are: the box as a process of its own, a real mediasoup worker, a real Chromium, all on this
 * machine over loopback. Prints one JSON object. `node edge-box/bench/engine.ts [seconds]`
 */
const seconds = Number(process.argv[2] ?? 20);
function percentile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const folder = mkdtempSync(path.join(os.tmpdir(), 'rui-box-bench-'));
const hub = await StubHub.start();
const box = fork(fileURLToPath(new URL('../src/main.ts', import.meta.url)), [], {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  env: { ...process.env, HUB_URL: hub.url, BOX_DATA_DIR: folder, ENROL_CODE: hub.code, BOX_NAME: 'bench' },
});
try {
  while (!hub.media.producers.has('room') || !hub.media.dataProducers.has('vitals')) await sleep(50);
  const alone = usageOf(box.pid ?? 0);
  await sleep(seconds * 500);
  const afterAlone = usageOf(box.pid ?? 0);
  const viewer = await Viewer.open(hub.media);
  // The start of a call is another measurement.
  await sleep(3_000);
  const first = await viewer.report();
  const watched = usageOf(box.pid ?? 0);
  await sleep(seconds * 1_000);
  const report = await viewer.report();
  const afterWatched = usageOf(box.pid ?? 0);
  await viewer.close();
  const feeds = Object.entries(report.video).map(([slot, video]) => {
    const ages = video.agesMs.slice(first.video[slot]?.agesMs.length ?? 0);
    return {
      slot,
      framesPerSecond: Math.round((ages.length / seconds) * 10) / 10,
      ageP50Ms: percentile(ages, 0.5),
      ageP95Ms: percentile(ages, 0.95),
      unreadable: video.unreadable,
      captureTimeErrorP50Ms: percentile(video.captureErrorsMs, 0.5),
    };
  });
  const result = {
    cores: os.cpus().length,
    cpu: os.cpus()[0]?.model,
    boxCpuPerS: Math.round(((afterAlone.cpuS - alone.cpuS) / (seconds * 0.5)) * 100) / 100,
    boxCpuPerSWatched: Math.round(((afterWatched.cpuS - watched.cpuS) / seconds) * 100) / 100,
    boxRssMb: Math.round(afterWatched.rssMb),
    feeds,
    vitalsAgeP50Ms: percentile(report.vitals.ages, 0.5),
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} finally {
  box.kill('SIGTERM');
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
}
