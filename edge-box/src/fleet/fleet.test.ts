import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BoxConfig, BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import { StubHub } from '../engine/testing/stub-hub.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const PATIENCE = { timeout: 60_000, interval: 100 };

let hub: StubHub;
let folder: string;
let box: ChildProcess;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-box-'));
  hub = await StubHub.start();
  box = fork(MAIN, [], {
    silent: true,
    env: {
      ...process.env,
      HUB_URL: hub.url,
      BOX_DATA_DIR: folder,
      ENROL_CODE: hub.code,
      FEEDS: JSON.stringify({ ...config('probe'), updateChannel: undefined }),
      HUB_SILENCE_S: '3',
    },
  });
});
afterEach(async () => {
  box.kill('SIGKILL');
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const config = (...slots: string[]): BoxConfig => ({
  video: slots.map((slot) => ({
    slot,
    streamClass: 'clinical' as const,
    label: slot,
    source: { kind: 'sector-scan' as const, width: 320, height: 180, framesPerSecond: 10 },
    minBitrateKbps: 100,
    maxBitrateKbps: 300,
  })),
  audio: null,
  vitalsSlot: null,
  updateChannel: 'stable',
});

/** As a hub does: again with each report, until the box runs it. */
function configure(version: number, document: BoxConfig): void {
  hub.offer = ({ config: running }) => (running.version === version ? null : { version, document });
  hub.ask();
}
const last = (): BoxReport | undefined => hub.reports.at(-1);
async function packets(slot: string): Promise<number> {
  const producer = hub.media.producers.get(slot);
  const [stats] = producer && !producer.closed ? await producer.getStats() : [];
  return stats?.packetCount ?? 0;
}
const flows = async (slot: string): Promise<void> => {
  const before = await packets(slot);
  await vi.waitFor(async () => expect(await packets(slot)).toBeGreaterThan(before + 5), PATIENCE);
};

it(
  'a box that serves a room takes new feeds on trial, and goes back when they fail or the hub falls silent',
  { timeout: 200_000 },
  async () => {
    await flows('probe');
    await vi.waitFor(
      () => expect(last()?.config).toMatchObject({ version: 0, own: config('probe') }),
      PATIENCE,
    );

    configure(1, config('probe', 'scope'));
    await vi.waitFor(
      () => expect(last()?.config).toMatchObject({ version: 1, trial: false, own: null }),
      PATIENCE,
    );
    await flows('scope');
    await flows('probe');
    expect(last()?.serving).toBe(true);

    const dead = config('probe');
    dead.video[0]!.source = {
      kind: 'file',
      path: '/no/such/film.mkv',
      width: 320,
      height: 180,
      framesPerSecond: 10,
    };
    configure(2, dead);
    await vi.waitFor(
      () =>
        expect(last()?.config).toMatchObject({
          version: 1,
          trial: false,
          failed: { version: 2, outcome: 'rolled_back', reason: expect.stringContaining('probe') as string },
        }),
      PATIENCE,
    );
    await flows('scope');

    // Dead man: from the moment that it is told of the next one, the hub does not answer.
    hub.offer = () => {
      hub.hearsReports = false;
      return { version: 3, document: config('scope', 'third') };
    };
    hub.ask();
    await flows('third');
    const { producers } = hub.media;
    await vi.waitFor(() => expect(producers.get('third')?.closed).toBe(true), PATIENCE);
    await flows('probe');
    hub.offer = () => null;
    hub.hearsReports = true;
    await vi.waitFor(
      () =>
        expect(last()?.config).toMatchObject({
          version: 1,
          failed: {
            version: 3,
            outcome: 'rolled_back',
            reason: expect.stringContaining('not heard') as string,
          },
        }),
      PATIENCE,
    );
    // One enrolment all the while.
    expect(hub.requests.filter((type) => type === 'room.join').length).toBe(1);
  },
);
