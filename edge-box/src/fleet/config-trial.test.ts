import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import { ConfigStore } from './config-store.ts';
import { ConfigTrial, changedFeeds } from './config-trial.ts';
import type { TrialParts } from './config-trial.ts';

const feed = (slot: string, width = 640): BoxConfig['video'][number] => ({
  slot,
  streamClass: 'clinical',
  label: slot,
  source: { kind: 'sector-scan', width, height: 360, framesPerSecond: 15 },
  minBitrateKbps: 100,
  maxBitrateKbps: 900,
});
const config = (...video: BoxConfig['video']): BoxConfig => ({
  video,
  audio: null,
  vitalsSlot: null,
  updateChannel: 'stable',
});
const BASE = config(feed('base'));

let folder: string;
let applied: string[][];
let asked: string[][];
beforeEach(() => {
  owner = 'box_1';
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-config-'));
  applied = [];
  asked = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

let owner: string | null = 'box_1';
const open = () => new ConfigStore(folder, BASE, () => owner);
function trial(store: ConfigStore, changes: Partial<TrialParts> = {}): ConfigTrial {
  return new ConfigTrial({
    store,
    apply: async ({ video }) => void applied.push(video.map(({ slot }) => slot)),
    proveFeeds: async (_, slots) => void asked.push(slots),
    hearHub: async () => undefined,
    hubSilenceMs: 50,
    log: () => undefined,
    ...changes,
  });
}

describe('a new configuration', () => {
  it('runs from then on, also after a restart, when it proves itself', async () => {
    const store = open();
    expect(store.status).toEqual({ version: 0, trial: false, failed: null });
    await trial(store).take(1, config(feed('a')));
    expect(store.status).toEqual({ version: 1, trial: false, failed: null });
    expect(applied).toEqual([['a']]);
    expect(open().running).toEqual({ version: 1, document: config(feed('a')) });
    expect(statSync(path.join(folder, 'config', 'good.json')).mode & 0o777).toBe(0o600);
  });

  it('is taken back when a feed gives no picture', async () => {
    const store = open();
    await trial(store).take(1, config(feed('a')));
    const proveFeeds = () => Promise.reject(new Error('no picture from b'));
    await trial(store, { proveFeeds }).take(2, config(feed('b')));
    expect(applied).toEqual([['a'], ['b'], ['a']]);
    const failed = { version: 2, outcome: 'rolled_back', reason: 'no picture from b' };
    expect(store.status).toEqual({ version: 1, trial: false, failed });
    expect(open().status).toEqual({ version: 1, trial: false, failed });
  });

  it('is taken back when the hub is not heard any more (dead man)', async () => {
    const store = open();
    const hearHub = () => Promise.reject(new Error('offline'));
    await trial(store, { hearHub }).take(1, config(feed('a')));
    expect(store.status).toMatchObject({ version: 0, failed: { outcome: 'rolled_back' } });
    expect(store.status.failed?.reason).toContain('not heard');
    expect(applied).toEqual([['a'], ['base']]);
  });

  it('is refused with the place of the mistake, and nothing is touched', async () => {
    const store = open();
    await trial(store).take(1, config({ ...feed('a'), minBitrateKbps: 2000 }));
    expect(store.status).toMatchObject({ version: 0, failed: { version: 1, outcome: 'refused' } });
    expect(store.status.failed?.reason).toContain('video.0.minBitrateKbps');
    await trial(store).take(2, { nonsense: true });
    expect(store.status.failed).toMatchObject({ version: 2, outcome: 'refused' });
    expect(applied).toEqual([]);
  });

  it('that the box stopped under counts as failed after the restart', () => {
    open().beginTrial({ version: 7, document: config(feed('a')) });
    const store = open();
    expect(store.running.version).toBe(0);
    expect(store.status.failed).toMatchObject({ version: 7, outcome: 'rolled_back' });
    expect(open().status.failed).toMatchObject({ version: 7 });
  });

  it('is tried once, whatever the hub repeats', async () => {
    const store = open();
    const wrong = trial(store, { proveFeeds: () => Promise.reject(new Error('x')) });
    await Promise.all([wrong.take(1, config(feed('a'))), wrong.take(1, config(feed('a')))]);
    await wrong.take(1, config(feed('a')));
    expect(applied).toEqual([['a'], ['base']]);
  });

  it('need not prove feeds that are as they were', async () => {
    const store = open();
    await trial(store).take(1, config(feed('a'), feed('b')));
    await trial(store).take(2, config({ ...feed('a'), label: 'new' }, feed('b', 1280), feed('c')));
    expect(asked).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ]);
    expect(changedFeeds(BASE, BASE)).toEqual([]);
  });
});

it('a configuration of another hub, or of the box that this one was, is none of its own', async () => {
  const store = open();
  await trial(store).take(5, config(feed('a')));
  await trial(store, { proveFeeds: () => Promise.reject(new Error('x')) }).take(6, config(feed('b')));
  owner = 'box_2';
  // While it runs: what works goes on.
  expect(store.status).toEqual({ version: 0, trial: false, failed: null });
  expect(store.running.document).toEqual(config(feed('a')));
  // After a restart.
  expect(open().running).toEqual({ version: 0, document: BASE });
  await trial(store).take(1, config(feed('c')));
  expect(open().running.version).toBe(1);
});

it('a damaged store leaves the box its own settings', () => {
  open().beginTrial({ version: 1, document: BASE });
  for (const name of ['good', 'trial', 'failed'])
    writeFileSync(path.join(folder, 'config', `${name}.json`), '{"half');
  expect(open().status).toEqual({ version: 0, trial: false, failed: null });
  expect(() => readFileSync(path.join(folder, 'config', 'trial.json'))).toThrow();
});
