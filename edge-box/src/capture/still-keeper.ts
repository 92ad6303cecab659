import type { KeepFailure, KeepOutcome } from '../../../src/lib/signaling/contract/index.ts';
import type { Engine, VideoFeedConfig } from '../engine/engine.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import { StillError } from '../media/still-requests.ts';
import type { Still } from '../media/still-requests.ts';
import type { Recorder } from '../outbox/recorder.ts';
import { captureLabel } from './capture-label.ts';

/** Twice within so long is one press of a shaking finger. */
const DOUBLE_PRESS_MS = 1_000;

export class KeepError extends Error {
  override readonly name = 'KeepError';
  readonly code: KeepFailure;

  constructor(code: KeepFailure, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

export interface StillKeeperParts {
  feeds(): readonly VideoFeedConfig[];
  engine: Pick<Engine, 'takeStill'>;
  /** Null: this box keeps nothing. */
  recorder: Pick<Recorder, 'roomId' | 'capture'> | null;
  /** Nobody is sure who the patient of the room is, as far as is known here. */
  isFrozen(): boolean;
  /** Closed by people beside the box. */
  isPaused(slot: string): boolean;
  log: Log;
}

/** Keeps pictures of the devices for the record of the room that is served, hub or no hub: into the outbox. */
export class StillKeeper {
  readonly #parts: StillKeeperParts;
  readonly #latest = new Map<string, { atMs: number; kept: Promise<void> }>();

  constructor(parts: StillKeeperParts) {
    this.#parts = parts;
  }

  /** Through once the picture is safely kept; two presses at once are one. @throws {KeepError} */
  keep(slot: string): Promise<void> {
    const latest = this.#latest.get(slot);
    const nowMs = performance.now();
    if (latest && nowMs - latest.atMs < DOUBLE_PRESS_MS) return latest.kept;
    const kept = this.#keep(slot);
    this.#latest.set(slot, { atMs: nowMs, kept });
    kept.catch(() => this.#latest.delete(slot));
    return kept;
  }

  /** For whoever asks from afar. */
  async outcomeOf(slot: string): Promise<KeepOutcome> {
    try {
      await this.keep(slot);
      return 'kept';
    } catch (error) {
      if (error instanceof KeepError) return error.code;
      this.#parts.log('error', 'picture not kept', { slot, reason: reasonOf(error) });
      return 'failed';
    }
  }

  async #keep(slot: string): Promise<void> {
    const { recorder, log } = this.#parts;
    const feed = this.#parts.feeds().find((one) => one.slot === slot && one.streamClass === 'clinical');
    if (!feed) throw new KeepError('no-feed');
    if (!recorder) throw new KeepError('off');
    const { roomId } = recorder;
    this.#check(slot);
    const { mediaType, bytes, takenAtMs } = await this.#still(slot);
    // The room may have ended, or been frozen, while the picture was made.
    this.#check(slot);
    if (recorder.roomId !== roomId) throw new KeepError('no-room');
    const number = await recorder.capture({ mediaType, label: captureLabel(feed) }, bytes, takenAtMs);
    if (number === null) throw new KeepError('full');
    log('info', 'picture kept', { slot, number, bytes: bytes.length });
  }

  #check(slot: string): void {
    if (this.#parts.recorder?.roomId === null) throw new KeepError('no-room');
    if (this.#parts.isFrozen()) throw new KeepError('frozen');
    if (this.#parts.isPaused(slot)) throw new KeepError('privacy');
  }

  async #still(slot: string): Promise<Still> {
    try {
      const still = await this.#parts.engine.takeStill?.(slot);
      if (!still) throw new StillError('failed');
      return still;
    } catch (error) {
      this.#parts.log('warn', 'no picture to keep', { slot, reason: reasonOf(error) });
      throw new KeepError(error instanceof StillError ? error.code : 'failed', { cause: error });
    }
  }
}
