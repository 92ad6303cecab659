import { setTimeout as sleep } from 'node:timers/promises';
import { boxConfigSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import type { ConfigStore } from './config-store.ts';

export interface TrialParts {
  store: ConfigStore;
  /** Makes the box run this configuration. */
  apply(document: BoxConfig): Promise<void>;
  /** Resolves when these feeds deliver pictures. @throws with the reason, for people */
  proveFeeds(document: BoxConfig, slots: string[]): Promise<void>;
  /** One report, acknowledged by the hub. @throws when the hub does not answer */
  hearHub(): Promise<unknown>;
  /** How long the hub may be silent after a change before the box takes it back. */
  hubSilenceMs: number;
  log: Log;
}

const ASK_AGAIN_MS = 1_000;

/**
 * Takes a new configuration on trial. It stays only if all its new feeds deliver and the hub is still heard; otherwise the box goes back to
 * the last good one by itself, because nobody could tell it to any more.
 */
export class ConfigTrial {
  readonly #parts: TrialParts;
  #running = false;

  constructor(parts: TrialParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Ends when the version is good, or given up. Never throws: the outcome is in the store. */
  async take(version: number, offered: unknown): Promise<void> {
    const { store, log } = this.#parts;
    if (this.#running || version === store.running.version || store.status.failed?.version === version)
      return;
    const parsed = boxConfigSchema.safeParse(offered);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const reason = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`;
      log('warn', 'configuration refused', { version, reason });
      return store.refuse(version, reason);
    }
    this.#running = true;
    try {
      await this.#try(version, parsed.data);
    } finally {
      this.#running = false;
    }
  }

  async #try(version: number, document: BoxConfig): Promise<void> {
    const { store, apply, proveFeeds, log } = this.#parts;
    const former = store.good;
    log('info', 'trying a configuration', { version });
    try {
      store.beginTrial({ version, document });
      await apply(document);
      await proveFeeds(document, changedFeeds(former.document, document));
      await this.#waitForHub();
      store.confirm();
      log('info', 'configuration is good', { version });
    } catch (error) {
      const reason = reasonOf(error);
      log('warn', 'configuration given up', { version, reason, backTo: former.version });
      store.rollBack(reason);
      await apply(former.document).catch((cause: unknown) =>
        log('error', 'the last good configuration does not start either', { reason: reasonOf(cause) }),
      );
    }
  }

  async #waitForHub(): Promise<void> {
    const { hearHub, hubSilenceMs } = this.#parts;
    const until = performance.now() + hubSilenceMs;
    for (;;) {
      try {
        await hearHub();
        return;
      } catch {
        if (performance.now() >= until)
          throw new Error(`the hub was not heard for ${Math.round(hubSilenceMs / 1000)} s after the change`);
        await sleep(ASK_AGAIN_MS);
      }
    }
  }
}

/** Feeds that are new, or have another source: a camera that was dead before says nothing against a new label for another one. */
export function changedFeeds(former: BoxConfig, next: BoxConfig): string[] {
  const before = new Map(former.video.map(({ slot, source }) => [slot, JSON.stringify(source)]));
  return next.video
    .filter(({ slot, source }) => before.get(slot) !== JSON.stringify(source))
    .map(({ slot }) => slot);
}
