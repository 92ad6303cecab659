import type { Logger } from 'pino';
import { noticeSchema, roomEventSchema, type RoomEvent } from '../contract/index.ts';
import { channels, roomIdOfChannel } from './keys.ts';
import { parseMessage } from './parse-message.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisRoomLog } from './room-log.ts';
import type { RoomWatcher } from './types.ts';

/** One room that this node listens to, for however many watchers. */
interface Watched {
  watchers: Set<RoomWatcher>;
  /** The last number passed on; null while nothing is known of the room's log. */
  lastSeq: number | null;
  /** The last event passed on, for watchers that come later. */
  last: RoomEvent | null;
  catchingUp: Promise<void> | null;
  /** Something was heard since the log was last read. */
  heardMore: boolean;
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
    const watched = this.#rooms.get(roomId) ?? this.#open(roomId);
    watched.watchers.add(watcher);
    // Its home may have logged this one and not yet put it into the state that it hands to the newcomer.
    if (watched.last) watcher.onEvent(watched.last);
    const stop = () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size > 0 || this.#rooms.get(roomId) !== watched) return;
      this.#rooms.delete(roomId);
      this.#unsubscribe(roomId);
    };
    try {
      await watched.listening;
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  #open(roomId: string): Watched {
    const watched: Watched = {
      watchers: new Set(),
      lastSeq: null,
      last: null,
      catchingUp: null,
      heardMore: false,
      listening: Promise.resolve(),
    };
    this.#rooms.set(roomId, watched);
    watched.listening = this.#listen(roomId, watched);
    return watched;
  }

  async #listen(roomId: string, watched: Watched): Promise<void> {
    const { listener } = this.#redis;
    // Where the log stands is read before listening begins, so that a drop right afterwards can be made good.
    const lastSeq = await this.#roomLog.lastSeq(roomId);
    watched.lastSeq = Math.max(0, lastSeq - 1);
    await listener.subscribe(channels.roomEvents(roomId), this.#onEventMessage);
    await listener.subscribe(channels.roomNotices(roomId), this.#onNoticeMessage);
    await this.#catchUp(roomId, watched);
  }

  /**
   * The listener is named, and is always the same: so node-redis knows that the channel is being left when somebody
   * subscribes again before Redis has answered. Without, the new subscription would vanish with the old one.
   */
  #unsubscribe(roomId: string): void {
    const { listener } = this.#redis;
    listener.unsubscribe(channels.roomEvents(roomId), this.#onEventMessage).catch(() => undefined);
    listener.unsubscribe(channels.roomNotices(roomId), this.#onNoticeMessage).catch(() => undefined);
  }

  readonly #onNoticeMessage = (message: string, channel: string): void => {
    const notice = parseMessage(noticeSchema, channel, message, this.#log);
    if (!notice) return;
    for (const watcher of this.#rooms.get(roomIdOfChannel(channel))?.watchers ?? []) watcher.onNotice(notice);
  };

  readonly #onEventMessage = (message: string, channel: string): void => {
    const watched = this.#rooms.get(roomIdOfChannel(channel));
    if (!watched) return;
    const event = parseMessage(roomEventSchema, channel, message, this.#log);
    if (!event) return;
    const { lastSeq, last } = watched;
    // Redis came back without its last moments and a new home counts on from there: its word holds.
    const countedAnew = lastSeq !== null && event.seq <= lastSeq && last !== null && event.epoch > last.epoch;
    const isNext = lastSeq === null || event.seq === lastSeq + 1 || countedAnew;
    if (isNext && !watched.catchingUp) this.#passOn(watched, event);
    else if (lastSeq === null || event.seq > lastSeq) {
      watched.heardMore = true;
      void this.#catchUp(event.roomId, watched);
    }
  };

  #passOn(watched: Watched, event: RoomEvent): void {
    watched.lastSeq = event.seq;
    watched.last = event;
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
      watched.heardMore = false;
      const events = await this.#redis.askUntilAnswered(() => this.#roomLog.readSince(roomId, since));
      // Clients notice the jump in numbers and ask for the state.
      if (events === 'trimmed') return void (watched.lastSeq = null);
      if (events.length === 0 && !watched.heardMore) return;
      for (const event of events) this.#passOn(watched, event);
    }
  }
}
