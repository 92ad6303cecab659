import { setTimeout as sleep } from 'node:timers/promises';
import {
  applyEvent,
  HubError,
  type RoomEvent,
  type RoomEventData,
  type RoomEventType,
  type RoomState,
} from '../signaling/contract/index.ts';
import type { Lease, NumberedHappening } from '../signaling/bus/index.ts';
import { followDatabase } from './features/follow.ts';
import { LinkWatch } from './link/link-watch.ts';
import { MediaSessions } from './media-sessions.ts';
import { PictureAsks } from './picture-asks.ts';
import { Presence } from './presence.ts';
import type { RoomServices } from './services.ts';

/** An event before the room has numbered it. */
export type Happening = { [T in RoomEventType]: { type: T; data: RoomEventData<T> } }[RoomEventType];

/** Looks at the state as it is when its turn comes and says what happens; throws HubError to refuse. */
export type Decision = (state: RoomState) => Happening | null;

/** Events between two snapshots. Ours: a restore replays at most this many from the log. */
const SNAPSHOT_EVERY = 100;
/** Events kept in the log behind the snapshot, so that a client that was away resumes without a full state. */
const KEEP_FOR_RESUME = 500;
/** The log may go away just now: no stop of a node waits longer than this for what is decided to be logged. */
const RELEASE_WITHIN_MS = 5000;

/**
 * A room at its home node: it alone changes the room's state, one event after the other, and nothing counts until the
 * log has it (decisions 3 and 4). Features live in files of their own and act through `commit`.
 */
export class HomeRoom {
  readonly roomId: string;
  readonly lease: Lease;
  readonly presence: Presence;
  readonly media: MediaSessions;
  readonly pictureAsks: PictureAsks;
  readonly #link: LinkWatch;
  #state: RoomState;
  readonly #services: RoomServices;
  #queue: Promise<unknown> = Promise.resolve();
  #snapshotSeq: number;
  #following: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(lease: Lease, state: RoomState, services: RoomServices) {
    this.roomId = lease.roomId;
    this.lease = lease;
    this.#state = state;
    this.#snapshotSeq = state.seq;
    this.#services = services;
    this.presence = new Presence(this, services);
    this.media = new MediaSessions(this, services);
    this.pictureAsks = new PictureAsks(lease.roomId, services);
    this.#link = new LinkWatch(this, services);
  }

  get state(): RoomState {
    return this.#state;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Decides in turn, logs, then applies. Resolves with the event's number, or null when nothing was to be done.
   * Refuses at once with `unavailable` while the log is away: a person should hear that, not wait for it.
   * @throws {HubError} from the decision, or `unavailable`: the log is away, or another node has taken the room.
   */
  async commit(decide: Decision): Promise<number | null> {
    this.refuseWhileAway();
    return this.commitWhenPossible(decide);
  }

  /**
   * For what has an effect elsewhere before it is committed.
   * @throws {HubError} unavailable
   */
  refuseWhileAway(): void {
    if (!this.#services.bus.ready || this.#closed) throw new HubError('unavailable');
  }

  /** As `commit`, but waits for the log to come back: for what happened anyway, such as a lost connection. */
  commitWhenPossible(decide: Decision): Promise<number | null> {
    const turn = this.#queue.then(() => this.#decideAndLog(decide));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Looks what the database says of the room by now. One look after the other: an older one must not be the last word. */
  followDatabase(): Promise<void> {
    const look = this.#following.then(() => followDatabase({ room: this, services: this.#services }));
    this.#following = look.catch(() => undefined);
    return look;
  }

  async #decideAndLog(decide: Decision): Promise<number | null> {
    if (this.#closed) throw new HubError('unavailable');
    const happening = decide(this.#state);
    if (!happening) return null;
    const seq = this.#state.seq + 1;
    const atMs = Date.now();
    await this.#append({ seq, atMs, ...happening });
    const event = { roomId: this.roomId, epoch: this.lease.epoch, seq, atMs, ...happening } as RoomEvent;
    this.#state = applyEvent(this.#state, event);
    this.#services.archive.add(event);
    if (seq - this.#snapshotSeq >= SNAPSHOT_EVERY) await this.#snapshot();
    return seq;
  }

  async #append(event: NumberedHappening): Promise<void> {
    try {
      await this.#services.bus.log.append(this.lease, event);
    } catch (error) {
      // Fenced out: nothing happened here, and the next home will take the same message.
      if (error instanceof HubError && error.code === 'conflict')
        throw new HubError('unavailable', error.message);
      throw error;
    }
  }

  async #snapshot(): Promise<void> {
    const state = this.#state;
    try {
      await this.#services.bus.log.saveSnapshot(this.lease, state);
      this.#snapshotSeq = state.seq;
      // The log is cut only behind what the archive has: nothing is ever in neither.
      const archivedSeq = this.#services.archive.archivedSeq(this.roomId);
      const belowSeq = Math.min(state.seq - KEEP_FOR_RESUME, archivedSeq);
      if (belowSeq > 0) await this.#services.bus.log.trim(this.lease, belowSeq);
    } catch (error) {
      // The log still has every event; the next snapshot will do.
      this.#services.log.warn({ roomId: this.roomId, err: error }, 'room snapshot not saved');
    }
  }

  /** Gives the room up in order: what is decided is finished, the snapshot saved, the lease given back. */
  async release(): Promise<void> {
    // While the log is away the queue may wait for ever; what is in it was not acknowledged to anybody.
    if (!this.#services.bus.ready) return this.abandon();
    await Promise.race([this.#queue, sleep(RELEASE_WITHIN_MS, undefined, { ref: false })]);
    this.abandon();
    await this.#snapshot();
    await this.#services.bus.leases.release(this.lease).catch((error: unknown) => {
      this.#services.log.warn({ roomId: this.roomId, err: error }, 'lease not released; it will expire');
    });
  }

  /** Another node has the room (or this one stops): media and timers end here, the state is no longer ours. */
  abandon(): void {
    this.#closed = true;
    this.#link.close();
    this.presence.close();
    this.media.close();
  }
}
