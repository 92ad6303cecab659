import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorReply } from 'redis';
import {
  HubError,
  roomEventSchema,
  roomStateSchema,
  type RoomEvent,
  type RoomState,
} from '../contract/index.ts';
import { channels, keys } from './keys.ts';
import { leaseValue, type RedisLeases } from './leases.ts';
import type { RedisConnection } from './redis-connection.ts';
import { RecentEvents } from './recent-events.ts';
import { APPEND, IF_HELD } from './scripts.ts';
import type { Lease, NumberedHappening, RoomLog } from './types.ts';

/** A safety net only: the home trims behind its snapshots long before. */
const MAX_EVENTS = 20_000;
const RETRY_MS = 50;
/** Answers of the append script. */
const LOGGED = 1;
const LOGGED_BEFORE = 2;
const MISSING = -2;

export class RedisRoomLog implements RoomLog {
  readonly #redis: RedisConnection;
  readonly #leases: RedisLeases;
  readonly #ttlMs: number;
  /**
   * Redis may forget what it acknowledged: with `appendfsync everysec` a killed server, or a replica that takes over,
   * lacks the last moments. The home still knows them and logs them again.
   */
  readonly #recent = new RecentEvents();

  constructor(redis: RedisConnection, leases: RedisLeases, ttlMs: number) {
    this.#redis = redis;
    this.#leases = leases;
    this.#ttlMs = ttlMs;
  }

  async append(lease: Lease, happening: NumberedHappening): Promise<void> {
    const { roomId, epoch } = lease;
    const { seq, atMs, type, data } = happening;
    const payload = JSON.stringify({ roomId, epoch, seq, atMs, type, data });
    await this.#logInOrder(lease, seq, payload);
    this.#recent.add(roomId, seq, payload);
  }

  async #logInOrder(lease: Lease, seq: number, payload: string): Promise<void> {
    const [outcome, lastSeq] = await this.#logOne(lease, seq, payload, false);
    if (outcome !== MISSING) return this.#settle(lease, outcome);
    for (const forgotten of this.#recent.between(lease.roomId, lastSeq ?? 0, seq)) {
      const [again] = await this.#logOne(lease, forgotten.seq, forgotten.payload, true);
      this.#settle(lease, again);
    }
    const [last] = await this.#logOne(lease, seq, payload, true);
    this.#settle(lease, last);
  }

  async #logOne(lease: Lease, seq: number, payload: string, gapAllowed: boolean): Promise<[number, number?]> {
    const { roomId } = lease;
    const answer = await this.#untilAnswered(() =>
      this.#redis.run(
        APPEND,
        [keys.lease(roomId), keys.epoch(roomId), keys.log(roomId)],
        [
          leaseValue(lease),
          this.#ttlMs,
          seq,
          payload,
          channels.roomEvents(roomId),
          MAX_EVENTS,
          gapAllowed ? 1 : 0,
        ],
      ),
    );
    return answer as [number, number?];
  }

  #settle(lease: Lease, outcome: number): void {
    if (outcome === LOGGED || outcome === LOGGED_BEFORE) return;
    this.#recent.forget(lease.roomId);
    this.#leases.lost(lease);
    throw new HubError('conflict', 'the room has another home by now');
  }

  /**
   * Tries until Redis has answered. An answer that was lost on the way leaves it open whether the event is in; the
   * script settles that when it is run again.
   */
  async #untilAnswered(run: () => Promise<unknown>): Promise<unknown> {
    for (;;) {
      await this.#redis.whenReady();
      try {
        return await run();
      } catch (error) {
        // Redis loading its data after a restart answers with an error too; it will be over.
        if (error instanceof ErrorReply && !/^(LOADING|BUSY|MASTERDOWN|READONLY)/.test(error.message))
          throw error;
        if (this.#redis.closed) throw new HubError('unavailable', 'the bus is closed');
        await sleep(RETRY_MS);
      }
    }
  }

  async readSince(roomId: string, seq: number): Promise<RoomEvent[] | 'trimmed'> {
    const entries = await this.#redis.commands.xRange(keys.log(roomId), String(seq + 1), '+');
    const events = entries.map((entry) => roomEventSchema.parse(JSON.parse(entry.message['e'] ?? 'null')));
    const first = events[0];
    if (first) return first.seq === seq + 1 ? events : 'trimmed';
    // Nothing behind it: the number is the last one (or one that Redis forgot), or the log is gone.
    const [last] = await this.#redis.commands.xRevRange(keys.log(roomId), '+', '-', { COUNT: 1 });
    const lastSeq = last ? Number(last.id.split('-')[0]) : 0;
    return lastSeq > 0 || seq === 0 ? [] : 'trimmed';
  }

  async trim(lease: Lease, belowSeq: number): Promise<void> {
    await this.#ifHeld(lease, keys.log(lease.roomId), 'TRIM', String(belowSeq));
  }

  async saveSnapshot(lease: Lease, state: RoomState): Promise<void> {
    await this.#ifHeld(lease, keys.snapshot(lease.roomId), 'SET', JSON.stringify(state));
  }

  async #ifHeld(lease: Lease, key: string, command: 'SET' | 'TRIM', argument: string): Promise<void> {
    const done = await this.#redis.run(
      IF_HELD,
      [keys.lease(lease.roomId), key],
      [leaseValue(lease), command, argument],
    );
    if (!done) throw new HubError('conflict', 'the room has another home by now');
  }

  async loadSnapshot(roomId: string): Promise<RoomState | null> {
    const json = await this.#redis.commands.get(keys.snapshot(roomId));
    if (json === null) return null;
    const parsed = roomStateSchema.safeParse(JSON.parse(json));
    // A snapshot of another version is no snapshot: the log and the archive have every event.
    return parsed.success ? parsed.data : null;
  }
}
