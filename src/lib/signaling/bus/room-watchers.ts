import type { Logger } from 'pino';
import { noticeSchema, roomEventSchema, type RoomEvent } from '../contract/index.ts';
import { channels } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisRoomLog } from './room-log.ts';
import type { RoomWatcher } from './types.ts';

/** One room that this node listens to, for however many watchers. */
interface Watched {
  watchers: Set<RoomWatcher>;
  /** The last number passed on; null until the first event is seen. */
  lastSeq: number | null;
  catchingUp: Promise<void> | null;
  listening: Promise<void>;
}

/**
 * The listening end of room events. Publish/subscribe is the fast path; whenever it may have dropped something (Redis
 * was away, or a number is missing) the log is read, so that watchers see each event once and in order.
 */
export class RoomWatchers {
  readonly #redis: RedisConnection;
  readonly #roomLog: RedisRoomLog;
  readonly #log: Logger;
  readonly #rooms = new Map<string, Watched>();

  constructor(redis: RedisConnection, roomLog: RedisRoomLog, log: Logger) {
    this.#redis = redis;
    this.#roomLog = roomLog;
    this.#log = log;
    redis.on('ready', (ready) => {
      if (!ready) return;
      for (const [roomId, watched] of this.#rooms) void this.#catchUp(roomId, watched);
    });
  }

  async watch(roomId: string, watcher: RoomWatcher): Promise<() => void> {
    let watched = this.#rooms.get(roomId);
    if (!watched) {
      watched = { watchers: new Set(), lastSeq: null, catchingUp: null, listening: this.#listen(roomId) };
      this.#rooms.set(roomId, watched);
    }
    const current = watched;
    current.watchers.add(watcher);
    const stop = () => {
      current.watchers.delete(watcher);
      if (current.watchers.size > 0 || this.#rooms.get(roomId) !== current) return;
      this.#rooms.delete(roomId);
      this.#redis.listener
        .unsubscribe([channels.roomEvents(roomId), channels.roomNotices(roomId)])
        .catch(() => undefined);
    };
    try {
      await current.listening;
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  async #listen(roomId: string): Promise<void> {
    await this.#redis.listener.subscribe(channels.roomEvents(roomId), (message) =>
      this.#heard(roomId, message),
    );
    await this.#redis.listener.subscribe(channels.roomNotices(roomId), (message) => {
      const notice = noticeSchema.parse(JSON.parse(message));
      for (const watcher of this.#rooms.get(roomId)?.watchers ?? []) watcher.onNotice(notice);
    });
  }

  #heard(roomId: string, message: string): void {
    const watched = this.#rooms.get(roomId);
    if (!watched) return;
    const event = roomEventSchema.parse(JSON.parse(message));
    const isNext = watched.lastSeq === null || event.seq === watched.lastSeq + 1;
    if (isNext && !watched.catchingUp) this.#passOn(watched, event);
    else if (watched.lastSeq !== null && event.seq <= watched.lastSeq) return;
    else void this.#catchUp(roomId, watched);
  }

  #passOn(watched: Watched, event: RoomEvent): void {
    watched.lastSeq = event.seq;
    for (const watcher of watched.watchers) watcher.onEvent(event);
  }

  #catchUp(roomId: string, watched: Watched): Promise<void> {
    if (watched.lastSeq === null) return Promise.resolve();
    watched.catchingUp ??= this.#readMissed(roomId, watched)
      .catch((error: unknown) => this.#log.warn({ roomId, err: error }, 'missed room events not read yet'))
      .finally(() => (watched.catchingUp = null));
    return watched.catchingUp;
  }

  async #readMissed(roomId: string, watched: Watched): Promise<void> {
    for (;;) {
      const since = watched.lastSeq ?? 0;
      const events = await this.#roomLog.readSince(roomId, since);
      // Clients notice the jump in numbers and ask for the state.
      if (events === 'trimmed') return void (watched.lastSeq = null);
      if (events.length === 0) return;
      for (const event of events) this.#passOn(watched, event);
    }
  }
}
