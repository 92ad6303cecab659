import { execFile } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { releaseVersionSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import { readJson, writeWhole } from './files.ts';
import type { HubFiles } from './hub-files.ts';
import { PackageRefused, checkFile, checkManifest } from './package-check.ts';

const run = promisify(execFile);
const UNPACK_TIMEOUT_MS = 10 * 60_000;

/** Written here, counted down by the launcher (install/launch.mjs), removed here when the new version has proven itself. */
const trialSchema = z.object({ version: releaseVersionSchema, former: z.string().nullable() });
const rolledBackSchema = z.object({ version: releaseVersionSchema, reason: z.string().max(200) });

type UpdateReport = BoxReport['update'];

export interface UpdaterParts {
  /** `<data>/app`: versions side by side, and `current`, a link to the one that runs. */
  appDir: string;
  key: KeyObject;
  running: string;
  channel(): 'stable' | 'beta' | 'none';
  /** Never in the middle of an exam. */
  mayRestart(): boolean;
  restart(): void;
  files: HubFiles;
  /** Hub time where it is known: a box with a wrong clock must not take an expired package. */
  nowMs(): number;
  /** How long a new version has to reach the hub before it is taken back. */
  proveWithinMs: number;
  log: Log;
}

/** Brings a signed package to the disk, lets the launcher start it, and says whether it is good. */
export class Updater {
  readonly #parts: UpdaterParts;
  #report: UpdateReport = null;
  #busy = false;
  #proofTimer: NodeJS.Timeout | undefined;

  constructor(parts: UpdaterParts) {
    this.#parts = parts;
    mkdirSync(parts.appDir, { recursive: true, mode: 0o700 });
    const rolledBack = rolledBackSchema.safeParse(readJson(this.#file('rolled-back.json'))).data;
    if (rolledBack) this.#report = { ...rolledBack, state: 'rolled_back' };
    if (this.#onTrial()) {
      this.#proofTimer = setTimeout(() => this.#giveUp(), parts.proveWithinMs);
      this.#proofTimer.unref();
    }
  }

  get report(): UpdateReport {
    return this.#report;
  }

  #onTrial(): boolean {
    return trialSchema.safeParse(readJson(this.#file('trial.json'))).data?.version === this.#parts.running;
  }

  /** The hub has answered: a version on trial has proven itself. */
  hubHeard(): void {
    clearTimeout(this.#proofTimer);
    if (!this.#onTrial()) return;
    rmSync(this.#file('trial.json'), { force: true });
    this.#removeOthers();
    this.#report = { version: this.#parts.running, state: 'installed', reason: '' };
    this.#parts.log('info', 'update is good', { version: this.#parts.running });
  }

  /** Disks of boxes are small; the version that was good stays, and the factory's is elsewhere. */
  #removeOthers(): void {
    for (const name of readdirSync(this.#parts.appDir)) {
      if (name !== this.#parts.running && releaseVersionSchema.safeParse(name).success)
        rmSync(this.#file(name), { recursive: true, force: true });
    }
  }

  #giveUp(): void {
    // The launcher takes it back at the next start, without further tries.
    const trial = readJson(this.#file('trial.json')) as object;
    writeWhole(this.#file('trial.json'), JSON.stringify({ ...trial, starts: Number.MAX_SAFE_INTEGER }));
    this.#parts.log('error', 'the new version does not reach the hub; going back', {
      version: this.#parts.running,
    });
    this.#parts.restart();
  }

  /** Never throws: the outcome is in the report. */
  async take(signed: unknown): Promise<void> {
    if (this.#busy || this.#onTrial()) return;
    this.#busy = true;
    let version = '';
    try {
      const { key, running, channel, nowMs, mayRestart, restart, log } = this.#parts;
      const manifest = checkManifest(signed, { key, running, channel: channel(), nowMs: nowMs() });
      version = manifest.version;
      if (this.#report?.version === version && this.#report.state === 'rolled_back') return;
      if (!existsSync(this.#file(version))) {
        this.#report = { version, state: 'downloading', reason: '' };
        await this.#fetch(version, (file) => checkFile(file, manifest), manifest.sizeBytes);
      }
      if (!mayRestart()) {
        this.#report = { version, state: 'waiting', reason: '' };
        return;
      }
      this.#switchTo(version);
      log('info', 'update installed; starting it', { version });
      restart();
    } catch (error) {
      const reason = reasonOf(error);
      this.#parts.log('warn', 'update not taken', { version, reason });
      // A link that broke is tried again; a package that is not right is not.
      if (error instanceof PackageRefused)
        this.#report = { version: version || versionSaid(signed), state: 'refused', reason };
      else this.#report = { version, state: 'waiting', reason };
    } finally {
      this.#busy = false;
    }
  }

  async #fetch(version: string, check: (file: string) => Promise<void>, maxBytes: number): Promise<void> {
    const download = this.#file('download.tar.gz');
    const unpacked = this.#file(`${version}.partial`);
    try {
      await this.#parts.files.download(version, download, maxBytes);
      await check(download);
      rmSync(unpacked, { recursive: true, force: true });
      mkdirSync(unpacked, { mode: 0o755 });
      await run('tar', ['-xzf', download, '-C', unpacked, '--no-same-owner', '--no-same-permissions'], {
        timeout: UNPACK_TIMEOUT_MS,
      });
      renameSync(unpacked, this.#file(version));
    } finally {
      rmSync(download, { force: true });
      rmSync(unpacked, { recursive: true, force: true });
    }
  }

  #switchTo(version: string): void {
    const current = this.#file('current');
    const former = existsSync(current) ? readlinkSync(current) : null;
    writeWhole(this.#file('trial.json'), JSON.stringify({ version, former, starts: 0 }));
    rmSync(this.#file('rolled-back.json'), { force: true });
    rmSync(`${current}.new`, { force: true });
    symlinkSync(version, `${current}.new`);
    renameSync(`${current}.new`, current);
  }

  #file(name: string): string {
    return path.join(this.#parts.appDir, name);
  }
}

/** What an untrusted manifest calls itself, so that the refusal can be told apart; nothing else of it is believed. */
function versionSaid(signed: unknown): string {
  try {
    const { payload } = signed as { payload: string };
    const said: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return releaseVersionSchema.parse((said as { version: unknown }).version);
  } catch {
    return '0.0.0';
  }
}
