import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { boxConfigSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxConfig, BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import { readJson, writeWhole } from './files.ts';

const storedSchema = z.strictObject({ version: z.int().min(1), document: boxConfigSchema });
const failedSchema = z.strictObject({
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
  #good: Configuration;
  #trial: Configuration | null = null;
  #failed: Failure | null;

  constructor(dataDir: string, base: BoxConfig) {
    this.#folder = path.join(dataDir, 'config');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#good = storedSchema.safeParse(readJson(this.#file('good'))).data ?? { version: 0, document: base };
    this.#failed = failedSchema.safeParse(readJson(this.#file('failed'))).data ?? null;
    if (existsSync(this.#file('trial'))) {
      const left = z.looseObject({ version: z.int().min(1) }).safeParse(readJson(this.#file('trial')));
      if (left.success)
        this.#fail(left.data.version, 'rolled_back', 'the box stopped while it tried this version');
      rmSync(this.#file('trial'), { force: true });
    }
  }

  /** What the box runs or is to run now. */
  get running(): Configuration {
    return this.#trial ?? this.#good;
  }

  get good(): Configuration {
    return this.#good;
  }

  get status(): Omit<BoxReport['config'], 'own'> {
    return { version: this.running.version, trial: this.#trial !== null, failed: this.#failed };
  }

  beginTrial(configuration: Configuration): void {
    writeWhole(this.#file('trial'), JSON.stringify(configuration));
    this.#trial = configuration;
  }

  /** The version on trial is the last good one from now on. */
  confirm(): void {
    if (!this.#trial) return;
    writeWhole(this.#file('good'), JSON.stringify(this.#trial));
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
    writeWhole(this.#file('failed'), JSON.stringify(this.#failed));
  }

  #file(name: 'good' | 'trial' | 'failed'): string {
    return path.join(this.#folder, `${name}.json`);
  }
}
