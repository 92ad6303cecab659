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
import { APPEND, SAVE, TRIM } from './scripts.ts';
import type { Lease, NumberedHappening, RoomLog } from './types.ts';

/** A safety net only: the home trims behind its snapshots long before. */
const MAX_EVENTS = 20_000;
/** Redis forgets a room that nothing happened in for this long; the archive keeps it. */
const KEEP_MS = 7 * 24 * 3_600_000;
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
    leases.onOver(({ roomId }) => this.#recent.forget(roomId));
  }

  async append(lease: Lease, happening: NumberedHappening): Promise<void> {
    const { roomId, epoch } = lease;
    const { seq, atMs, type, data } = happening;
    if (!this.#leases.holds(lease)) throw new HubError('conflict', 'the room was given up');
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
    const gap = gapAllowed ? 1 : 0;
    // When only the answer was lost the script finds the event in the log, and says so.
    const answer = await this.#redis.askUntilAnswered(() =>
      this.#redis.run(
        APPEND,
        [keys.lease(roomId), keys.epoch(roomId), keys.log(roomId)],
        [leaseValue(lease), this.#ttlMs, seq, payload, channels.roomEvents(roomId), MAX_EVENTS, gap, KEEP_MS],
      ),
    );
    return answer as [number, number?];
  }

  #settle(lease: Lease, outcome: number): void {
    if (outcome === LOGGED || outcome === LOGGED_BEFORE) return;
    this.#leases.lost(lease);
    throw new HubError('conflict', 'the room has another home by now');
  }

  async readSince(roomId: string, seq: number): Promise<RoomEvent[] | 'trimmed'> {
    const entries = await this.#redis.ask((commands) =>
      commands.xRange(keys.log(roomId), String(seq + 1), '+'),
    );
    const events = (entries ?? []).map((entry) =>
      roomEventSchema.parse(JSON.parse(entry.message['e'] ?? 'null')),
    );
    if (events.some((event, index) => event.seq !== seq + 1 + index)) return 'trimmed';
    if (events.length > 0) return events;
    // Nothing behind it: the number is the last one (or one that Redis forgot), or the log is gone.
    return seq === 0 || (await this.lastSeq(roomId)) > 0 ? [] : 'trimmed';
  }

  /** Number of the last event in the log; 0 when there is no log. */
  async lastSeq(roomId: string): Promise<number> {
    const entries = await this.#redis.ask((commands) =>
      commands.xRevRange(keys.log(roomId), '+', '-', { COUNT: 1 }),
    );
    const last = entries?.[0];
    return last ? Number(last.id.split('-')[0]) : 0;
  }

  async trim(lease: Lease, belowSeq: number): Promise<void> {
    await this.#ifHeld(lease, TRIM, keys.log(lease.roomId), [belowSeq]);
  }

  async saveSnapshot(lease: Lease, state: RoomState): Promise<void> {
    await this.#ifHeld(lease, SAVE, keys.snapshot(lease.roomId), [JSON.stringify(state), KEEP_MS]);
  }

  async #ifHeld(lease: Lease, script: string, key: string, rest: (string | number)[]): Promise<void> {
    const { roomId } = lease;
    const done =
      this.#leases.holds(lease) &&
      (await this.#redis.run(
        script,
        [keys.lease(roomId), keys.epoch(roomId), key],
        [leaseValue(lease), this.#ttlMs, ...rest],
      ));
    if (!done) throw new HubError('conflict', 'the room has another home by now');
  }

  async loadSnapshot(roomId: string): Promise<RoomState | null> {
    const json = await this.#redis.ask((commands) => commands.get(keys.snapshot(roomId)));
    if (json === null) return null;
    const parsed = roomStateSchema.safeParse(JSON.parse(json));
    // A snapshot of another version is no snapshot: the log and the archive have every event.
    return parsed.success ? parsed.data : null;
  }
}
