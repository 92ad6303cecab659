import type { BoxClock } from '../clock.ts';
import type { Engine, VideoFeedConfig } from '../engine/engine.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import type { FilmSegment } from '../media/film.ts';
import type { Recorder } from '../outbox/recorder.ts';
import { captureLabel } from './capture-label.ts';
import { sightOf, ThinLink } from './thin-link.ts';

const LOOK_EVERY_MS = 500;
/** No use in filming again sooner when nothing more can be kept. */
const FULL_PAUSE_MS = 60_000;

export interface FilmKeeperParts {
  feeds(): readonly VideoFeedConfig[];
  engine: Pick<Engine, 'stats' | 'film' | 'on'>;
  recorder: Pick<Recorder, 'roomId' | 'capture'>;
  /** Nobody is sure who the patient of the room is, as far as is known here. */
  isFrozen(): boolean;
  /** Closed by people beside the box. */
  isPaused(slot: string): boolean;
  clock: Pick<BoxClock, 'nowMs'>;
  log: Log;
}

/** One feed's film for one room. */
interface Filming {
  roomId: string;
  /** What was taken before is another room's. */
  sinceMs: number;
  link: ThinLink;
  isOn: boolean;
  /** Pieces so far: they are numbered, so that one that is missing is noticed. */
  pieces: number;
}

/** Has clinical feeds filmed at full quality while the link is too thin for it, where that is wanted, and keeps the pieces for the record. */
export class FilmKeeper {
  readonly #parts: FilmKeeperParts;
  readonly #filming = new Map<string, Filming>();
  #fullUntilMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: FilmKeeperParts) {
    this.#parts = parts;
    parts.engine.on('filmed', (slot, segment) => void this.#keep(slot, segment));
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Some feed is being filmed. */
  get isFilming(): boolean {
    return [...this.#filming.values()].some(({ isOn }) => isOn);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** By a timer; by hand in tests. */
  look(): void {
    const { engine, recorder, clock, isFrozen, log } = this.#parts;
    const { roomId } = recorder;
    const nowMs = clock.nowMs();
    const stats = engine.stats();
    const wanted = this.#parts
      .feeds()
      .filter(({ streamClass, recordWhenThin }) => streamClass === 'clinical' && recordWhenThin);
    // A new configuration may want fewer.
    for (const slot of this.#filming.keys())
      if (!wanted.some((feed) => feed.slot === slot)) this.#filming.delete(slot);
    for (const feed of wanted) {
      const { slot } = feed;
      const filming = this.#filmingOf(slot, roomId, nowMs);
      if (!filming) continue;
      const isClosed =
        roomId === null || isFrozen() || this.#parts.isPaused(slot) || nowMs < this.#fullUntilMs;
      const isOn = filming.link.look(isClosed ? 'closed' : sightOf(stats, feed), nowMs);
      if (isOn !== filming.isOn) log('info', isOn ? 'thin link: filming' : 'no longer filming', { slot });
      filming.isOn = isOn;
      // Told each time: the engine, or the feed's process, may be another one.
      engine.film?.(slot, isOn);
    }
  }

  #filmingOf(slot: string, roomId: string | null, nowMs: number): Filming | null {
    const known = this.#filming.get(slot);
    if (roomId === null || known?.roomId === roomId) return known ?? null;
    const filming = { roomId, sinceMs: nowMs, link: new ThinLink(), isOn: false, pieces: 0 };
    this.#filming.set(slot, filming);
    return filming;
  }

  async #keep(slot: string, { mediaType, bytes, fromMs }: FilmSegment): Promise<void> {
    const { recorder, clock, log } = this.#parts;
    const filming = this.#filming.get(slot);
    const feed = this.#parts.feeds().find((one) => one.slot === slot);
    // The room is over, or the piece began in the one before: it belongs to neither.
    if (!filming || !feed || recorder.roomId !== filming.roomId || fromMs < filming.sinceMs) return;
    const label = captureLabel(feed, `本机录像 ${++filming.pieces}`);
    try {
      const number = await recorder.capture({ mediaType, label }, bytes, fromMs);
      if (number !== null) return;
      this.#fullUntilMs = clock.nowMs() + FULL_PAUSE_MS;
      log('warn', 'no room for films', { slot });
    } catch (error) {
      log('error', 'film not kept', { slot, reason: reasonOf(error) });
    }
  }
}
