import { z } from 'zod';
import { MAX_LOG_BYTES, boxWishesSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxReport, BoxWishes } from '../../../src/lib/signaling/contract/index.ts';
import { reasonOf } from '../log.ts';
import { ConfigTrial } from './config-trial.ts';
import type { TrialParts } from './config-trial.ts';
import type { HubFiles } from './hub-files.ts';
import type { LogBuffer } from './log-buffer.ts';
import type { Reporter } from './reporter.ts';
import type { Updater } from './updater.ts';

const REPORT_EVERY_MS = 10_000;

/** The document is judged by itself, so that a wrong one is refused by its version instead of making the whole answer nonsense. */
const wishesSchema = boxWishesSchema.extend({
  config: z.object({ version: z.int().min(1), document: z.unknown() }).nullable(),
});

export interface FleetAgentParts extends Omit<TrialParts, 'hearHub'> {
  uplink: {
    report(report: BoxReport): Promise<BoxWishes>;
    /** Called when the hub can be spoken to, and when it wants something. */
    onAttention(listener: () => void): void;
  };
  reporter: Reporter;
  files: HubFiles;
  logs: LogBuffer;
  /** Null on a box that does not update itself. */
  updater: Updater | null;
}

/** Reports how the box is, and does what the hub wants of it: a configuration, its log, an update. */
export class FleetAgent {
  readonly #parts: FleetAgentParts;
  readonly #trial: ConfigTrial;
  #timer: NodeJS.Timeout | undefined;
  #sendingLog = false;
  /** One report under way, and one wanted after it. */
  #reporting: Promise<unknown> | null = null;
  #again = false;

  constructor(parts: FleetAgentParts) {
    this.#parts = parts;
    this.#trial = new ConfigTrial({ ...parts, hearHub: () => this.#report() });
  }

  start(): void {
    this.#parts.uplink.onAttention(() => this.#reportSoon());
    this.#timer = setInterval(() => this.#reportSoon(), REPORT_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #reportSoon(): void {
    if (this.#reporting) {
      this.#again = true;
      return;
    }
    this.#reporting = this.#report()
      .then((wishes) => this.#follow(wishes))
      // Offline, or a hub that answers nonsense: the next report tries again.
      .catch((error: unknown) => this.#parts.log('warn', 'report not answered', { reason: reasonOf(error) }))
      .finally(() => {
        this.#reporting = null;
        if (this.#again) {
          this.#again = false;
          this.#reportSoon();
        }
      });
  }

  async #report(): Promise<z.infer<typeof wishesSchema>> {
    const answer: unknown = await this.#parts.uplink.report(await this.#parts.reporter.collect());
    const wishes = wishesSchema.parse(answer);
    this.#parts.updater?.hubHeard();
    return wishes;
  }

  #follow({ config, logBundleId, update }: z.infer<typeof wishesSchema>): void {
    if (config && !this.#trial.running) {
      // Told at once what became of it, not ten seconds later.
      void this.#trial.take(config.version, config.document).finally(() => this.#reportSoon());
    }
    if (logBundleId) void this.#sendLog(logBundleId);
    if (update) void this.#parts.updater?.take(update).finally(() => this.#reportSoon());
  }

  async #sendLog(logBundleId: string): Promise<void> {
    if (this.#sendingLog) return;
    this.#sendingLog = true;
    try {
      // Cut at the front: the end is what somebody asks for.
      const text = Buffer.from(this.#parts.logs.text()).subarray(-MAX_LOG_BYTES).toString('utf8');
      await this.#parts.files.sendLog(logBundleId, text);
    } catch (error) {
      this.#parts.log('warn', 'log not sent', { reason: reasonOf(error) });
    } finally {
      this.#sendingLog = false;
    }
  }
}
