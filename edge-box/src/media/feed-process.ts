import type { ChildProcess } from 'node:child_process';
import type { BoxClock } from '../clock.ts';
import type { SourceState } from '../devices/live-video.ts';
import { forkFeed } from './spare-feeds.ts';
import type { SpareFeeds } from './spare-feeds.ts';
import type { EncodedUnit, FeedHealth, FeedJob, FromFeed, ToFeed } from './child-protocol.ts';
import type { FilmSegment } from './film.ts';
import { StillRequests } from './still-requests.ts';
import type { Still } from './still-requests.ts';

export interface FeedProcessEvents {
  unit(unit: EncodedUnit): void;
  /** The process is gone and will be started again. */
  down(reason: string): void;
  /** How the device does; told when it changes. */
  source?(state: SourceState): void;
  /** A piece of a film is ready. */
  filmed?(segment: FilmSegment): void;
}

const FIRST_RESPAWN_MS = 250;
const MAX_RESPAWN_MS = 10_000;
/** A process that ran this long has proven itself; its next death is respawned at once again. */
const PROVEN_MS = 30_000;

/** Keeps one feed's process alive. */
export class FeedProcess {
  readonly #clock: BoxClock;
  readonly #events: FeedProcessEvents;
  readonly #spares: SpareFeeds | undefined;
  readonly #stills = new StillRequests();
  #job: FeedJob;
  #filmKbps: number | null = null;
  #child: ChildProcess | undefined;
  #respawnMs = FIRST_RESPAWN_MS;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  restarts = 0;
  /** Undefined until the device was tried; the last one while the process is started again. */
  sourceState: SourceState | undefined;
  /** Of the last second; undefined while nothing comes. */
  health: FeedHealth | undefined;

  constructor(job: FeedJob, clock: BoxClock, events: FeedProcessEvents, spares?: SpareFeeds) {
    this.#spares = spares;
    this.#job = job;
    this.#clock = clock;
    this.#events = events;
    this.#spawn();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** `lowerKbps`: for each smaller size of a job that has some, smallest first; 0 for one that is not sent now. */
  setBitrateKbps(kbps: number, lowerKbps?: readonly number[]): void {
    const lower = lowerKbps ? { lowerKbps } : {};
    this.#job = { ...this.#job, bitrateKbps: kbps, ...lower };
    this.#send({ type: 'bitrate', kbps, ...lower });
  }

  /** Of one size of the picture, or of all. */
  requestKeyFrame(layer?: number): void {
    this.#send(layer === undefined ? { type: 'keyFrame' } : { type: 'keyFrame', layer });
  }

  hold(on: boolean): void {
    this.#send({ type: 'hold', on });
  }

  /** Films what the device gives, at this rate, until null is said. */
  film(kbps: number | null): void {
    if (kbps === this.#filmKbps) return;
    this.#filmKbps = kbps;
    this.#send({ type: 'film', kbps });
  }

  /** The newest picture, as the device gave it. @throws {StillError} */
  takeStill(): Promise<Still> {
    return this.#stills.ask((id) => this.#send({ type: 'still', id }));
  }

  syncClock(): void {
    this.#send({ type: 'clock', hubOffsetMs: this.#clock.hubOffsetMs });
  }

  #send(message: ToFeed): boolean {
    if (!this.#child?.connected) return false;
    this.#child.send(message, () => undefined);
    return true;
  }

  #spawn(): void {
    const startedMs = this.#clock.nowMs();
    const child = this.#spares?.take() ?? forkFeed();
    this.#child = child;
    let reason = '';
    child.on('message', (message: FromFeed) => {
      if (this.#child !== child) return;
      if (message.type === 'unit') this.#events.unit(message.unit);
      else if (message.type === 'source') this.#onSource(message.state);
      else if (message.type === 'health') this.health = message.health;
      else if (message.type === 'filmed') this.#events.filmed?.(message.segment);
      else if (message.type === 'still' || message.type === 'noStill') this.#stills.answered(message);
      else reason = message.reason;
    });
    child.on('error', (error) => {
      reason = error.message;
    });
    child.once('exit', (code, signal) => {
      if (this.#stopped || this.#child !== child) return;
      this.#child = undefined;
      this.health = undefined;
      this.#stills.unanswered();
      if (this.#clock.nowMs() - startedMs > PROVEN_MS) this.#respawnMs = FIRST_RESPAWN_MS;
      this.#timer = setTimeout(() => {
        this.restarts++;
        this.#spawn();
      }, this.#respawnMs);
      this.#respawnMs = Math.min(MAX_RESPAWN_MS, this.#respawnMs * 2);
      this.#events.down(reason || `feed process ended (${signal ?? String(code)})`);
    });
    this.#send({ type: 'start', job: this.#job, clock: this.#clock.settings });
    if (this.#filmKbps !== null) this.#send({ type: 'film', kbps: this.#filmKbps });
  }

  #onSource(state: SourceState): void {
    if (state !== 'live') this.health = undefined;
    if (state === this.sourceState) return;
    this.sourceState = state;
    this.#events.source?.(state);
  }

  /** Ends the process and waits until it is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    this.#child = undefined;
    this.#stills.unanswered();
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}
