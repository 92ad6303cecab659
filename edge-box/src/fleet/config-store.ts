import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { boxConfigSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxConfig, BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import { readJson, writeWhole } from './files.ts';

/** As what box, by the hub's id, this one was given it: versions of another box, or of another hub, mean nothing here. */
const owner = z.string().nullable();
const storedSchema = z.strictObject({ owner, version: z.int().min(1), document: boxConfigSchema });
const failedSchema = z.strictObject({
  owner,
  version: z.int().min(1),
  outcome: z.enum(['refused', 'rolled_back']),
  reason: z.string(),
});

export interface Configuration {
  /** 0: the box's own settings, when the hub has given none that works. */
  version: number;
  document: BoxConfig;
}
type Failure = NonNullable<BoxReport['config']['failed']>;

/**
 * Which configuration this box runs, over restarts: the last good one, and for a while one on trial. A trial that was not confirmed when
 * the box stopped counts as failed, since it may be why.
 */
export class ConfigStore {
  readonly #folder: string;
  readonly #owner: () => string | null;
  /** Whom it ran for when it started. */
  #ownerThen: string | null;
  #good: Configuration;
  #trial: Configuration | null = null;
  #failed: Failure | null;

  /** `owner`: the id that the hub knows this box by; null before it has enrolled. */
  constructor(dataDir: string, base: BoxConfig, owner: () => string | null) {
    this.#owner = owner;
    this.#ownerThen = owner();
    this.#folder = path.join(dataDir, 'config');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#good = this.#own(storedSchema.safeParse(readJson(this.#file('good'))).data) ?? {
      version: 0,
      document: base,
    };
    this.#failed = this.#own(failedSchema.safeParse(readJson(this.#file('failed'))).data);
    if (existsSync(this.#file('trial'))) {
      const left = z.looseObject({ version: z.int().min(1) }).safeParse(readJson(this.#file('trial')));
      if (left.success)
        this.#fail(left.data.version, 'rolled_back', 'the box stopped while it tried this version');
      rmSync(this.#file('trial'), { force: true });
    }
  }

  /** What was kept, if it was kept for the box that this one is. */
  #own<T extends { owner: string | null }>(kept: T | undefined): Omit<T, 'owner'> | null {
    if (!kept || kept.owner !== this.#owner()) return null;
    const { owner: _, ...rest } = kept;
    return rest;
  }

  /** What the box runs or is to run now. */
  get running(): Configuration {
    this.#noticeNewOwner();
    return this.#trial ?? this.#good;
  }

  /** Enrolled as another box while it runs: it goes on with what it has, which is now a setting of its own. */
  #noticeNewOwner(): void {
    if (this.#owner() === this.#ownerThen) return;
    this.#ownerThen = this.#owner();
    this.#good = { version: 0, document: this.#good.document };
    this.#failed = null;
  }

  get good(): Configuration {
    return this.#good;
  }

  get status(): Omit<BoxReport['config'], 'own'> {
    this.#noticeNewOwner();
    return { version: this.running.version, trial: this.#trial !== null, failed: this.#failed };
  }

  beginTrial(configuration: Configuration): void {
    writeWhole(this.#file('trial'), this.#stored(configuration));
    this.#trial = configuration;
  }

  /** The version on trial is the last good one from now on. */
  confirm(): void {
    if (!this.#trial) return;
    writeWhole(this.#file('good'), this.#stored(this.#trial));
    rmSync(this.#file('trial'), { force: true });
    this.#good = this.#trial;
    this.#trial = null;
  }

  /** Back to the last good one. */
  rollBack(reason: string): void {
    if (!this.#trial) return;
    this.#fail(this.#trial.version, 'rolled_back', reason);
    rmSync(this.#file('trial'), { force: true });
    this.#trial = null;
  }

  /** Not even tried. */
  refuse(version: number, reason: string): void {
    this.#fail(version, 'refused', reason);
  }

  #fail(version: number, outcome: Failure['outcome'], reason: string): void {
    this.#failed = { version, outcome, reason: reason.slice(0, 200) };
    writeWhole(this.#file('failed'), this.#stored(this.#failed));
  }

  #stored(content: object): string {
    return JSON.stringify({ owner: this.#owner(), ...content });
  }

  #file(name: 'good' | 'trial' | 'failed'): string {
    return path.join(this.#folder, `${name}.json`);
  }
}
