import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mainToStart, settleTrial } from '../../install/launch.mjs';
import type { HubFiles } from './hub-files.ts';
import { checkManifest } from './package-check.ts';
import { Updater } from './updater.ts';
import type { UpdaterParts } from './updater.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const NOW = Date.UTC(2026, 10, 25);

let folder: string;
let appDir: string;
let archive: string;
let restarts: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-update-'));
  appDir = path.join(folder, 'app');
  restarts = 0;
  const main = path.join(folder, 'tree/edge-box/src/main.ts');
  mkdirSync(path.dirname(main), { recursive: true });
  writeFileSync(main, '// 1.1.0');
  archive = path.join(folder, 'package.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', path.join(folder, 'tree'), '.']);
});
afterEach(() => rmSync(folder, { recursive: true }));

function manifest(changes: object = {}): object {
  return {
    version: '1.1.0',
    sha256: createHash('sha256').update(readFileSync(archive)).digest('hex'),
    sizeBytes: statSync(archive).size,
    channel: 'stable',
    minVersion: '0.9.0',
    expiresAtMs: NOW + 1000,
    ...changes,
  };
}
function signed(content: object, key = privateKey): { payload: string; signature: string } {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url');
  return { payload, signature: sign(null, Buffer.from(payload), key).toString('base64url') };
}
function updater(changes: Partial<UpdaterParts> = {}): Updater {
  return new Updater({
    appDir,
    key: publicKey,
    running: '1.0.0',
    channel: () => 'stable',
    mayRestart: () => true,
    restart: () => void restarts++,
    // The way to the hub is tested with the hub (test/fleet-box.test.ts).
    files: { download: (_, file) => copyFile(archive, file) } as Partial<HubFiles> as HubFiles,
    nowMs: () => NOW,
    proveWithinMs: 60_000,
    log: () => undefined,
    ...changes,
  });
}
const box = { key: publicKey, running: '1.0.0', channel: 'stable' as const, nowMs: NOW };

describe('a package is refused by name', () => {
  it.each([
    ['wrong_signature', () => signed(manifest(), generateKeyPairSync('ed25519').privateKey)],
    [
      'wrong_signature',
      () => ({ ...signed(manifest()), payload: signed(manifest({ version: '2.0.0' })).payload }),
    ],
    ['malformed', () => ({ payload: signed(manifest()).payload })],
    ['malformed', () => signed({ version: '1.1.0' })],
    ['malformed', () => signed(manifest({ version: '../../etc' }))],
    ['malformed', () => null],
    ['expired', () => signed(manifest({ expiresAtMs: NOW }))],
    ['downgrade', () => signed(manifest({ version: '1.0.0' }))],
    ['downgrade', () => signed(manifest({ version: '0.9.9' }))],
    ['too_big_a_step', () => signed(manifest({ version: '3.0.0', minVersion: '2.0.0' }))],
    ['other_channel', () => signed(manifest({ channel: 'beta' }))],
  ])('%s', (refusal, make) => {
    expect(() => checkManifest(make(), box)).toThrow(expect.objectContaining({ refusal }));
  });

  it.each([
    ['wrong_hash', { sha256: 'f'.repeat(64) }],
    ['wrong_size', { sizeBytes: 12 }],
  ])('%s, and leaves nothing behind', async (refusal, change) => {
    const update = updater();
    await update.take(signed(manifest(change)));
    expect(update.report).toEqual({ version: '1.1.0', state: 'refused', reason: refusal });
    expect(existsSync(path.join(appDir, '1.1.0'))).toBe(false);
    expect(existsSync(path.join(appDir, 'download.tar.gz'))).toBe(false);
    expect(restarts).toBe(0);
  });

  it('no channel, no packages', () => {
    expect(() => checkManifest(signed(manifest()), { ...box, channel: 'none' })).toThrow('other_channel');
    expect(checkManifest(signed(manifest({ channel: 'beta' })), { ...box, channel: 'beta' }).channel).toBe(
      'beta',
    );
  });
});

describe('an update', () => {
  it('is unpacked beside the present one, started by the launcher, and good once the hub is heard', async () => {
    await updater().take(signed(manifest()));
    expect(restarts).toBe(1);
    expect(readlinkSync(path.join(appDir, 'current'))).toBe('1.1.0');
    settleTrial(appDir);
    expect(readFileSync(mainToStart(appDir, '/factory'), 'utf8')).toBe('// 1.1.0');
    const next = updater({ running: '1.1.0' });
    next.hubHeard();
    expect(next.report).toEqual({ version: '1.1.0', state: 'installed', reason: '' });
    for (let starts = 0; starts < 10; starts++) settleTrial(appDir);
    expect(readlinkSync(path.join(appDir, 'current'))).toBe('1.1.0');
  });

  it('that never reaches the hub is taken back after three starts, and not tried again', async () => {
    await updater().take(signed(manifest()));
    for (let starts = 0; starts < 3; starts++) settleTrial(appDir);
    expect(mainToStart(appDir, '/factory')).toContain('1.1.0');
    settleTrial(appDir);
    expect(mainToStart(appDir, '/factory')).toBe('/factory/edge-box/src/main.ts');
    const former = updater();
    expect(former.report).toMatchObject({ version: '1.1.0', state: 'rolled_back' });
    await former.take(signed(manifest()));
    expect(restarts).toBe(1);
  });

  it('goes back to the version before, not to the one of the factory', async () => {
    await updater().take(signed(manifest()));
    updater({ running: '1.1.0' }).hubHeard();
    await updater({ running: '1.1.0' }).take(signed(manifest({ version: '1.2.0' })));
    for (let starts = 0; starts < 4; starts++) settleTrial(appDir);
    expect(readlinkSync(path.join(appDir, 'current'))).toBe('1.1.0');
  });

  it('that runs without a hub gives up by itself', async () => {
    await updater().take(signed(manifest()));
    settleTrial(appDir);
    let gaveUp: () => void;
    const restarted = new Promise<void>((resolve) => (gaveUp = resolve));
    updater({ running: '1.1.0', proveWithinMs: 20, restart: () => gaveUp() });
    await restarted;
    settleTrial(appDir);
    expect(existsSync(path.join(appDir, 'current'))).toBe(false);
  });

  it('waits while the box serves a room', async () => {
    const update = updater({ mayRestart: () => false });
    await update.take(signed(manifest()));
    expect(update.report).toMatchObject({ state: 'waiting' });
    expect(existsSync(path.join(appDir, 'current'))).toBe(false);
    expect(restarts).toBe(0);
  });

  it('is tried again when the link broke', async () => {
    const files = {
      download: () => Promise.reject(new Error('the hub went silent')),
    } as Partial<HubFiles> as HubFiles;
    const update = updater({ files });
    await update.take(signed(manifest()));
    expect(update.report).toMatchObject({ state: 'waiting', reason: 'the hub went silent' });
    await updater().take(signed(manifest()));
    expect(restarts).toBe(1);
  });
});
