import type { Logger } from 'pino';
import { keys } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { CLAIM, RELEASE, RENEW } from './scripts.ts';
import type { Lease, Leases } from './types.ts';

export function leaseValue(lease: Lease): string {
  return `${lease.nodeId} ${lease.epoch}`;
}

function parseValue(value: string): { nodeId: string; epoch: number } {
  const [nodeId = '', epoch = '0'] = value.split(' ');
  return { nodeId, epoch: Number(epoch) };
}

/**
 * The rooms that this node holds. A lease counts as lost only when Redis says so: while Redis is away meetings go on,
 * and whether the node may still change a room is decided at the next append.
 */
export class RedisLeases implements Leases {
  readonly #redis: RedisConnection;
  readonly #nodeId: string;
  readonly #ttlMs: number;
  readonly #log: Logger;
  readonly #held = new Map<string, Lease>();
  readonly #lostListeners: ((lease: Lease) => void)[] = [];
  readonly #overListeners: ((lease: Lease) => void)[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(redis: RedisConnection, nodeId: string, ttlMs: number, log: Logger) {
    this.#redis = redis;
    this.#nodeId = nodeId;
    this.#ttlMs = ttlMs;
    this.#log = log;
    this.#timer = setInterval(() => void this.#renewAll(), ttlMs / 3);
    // At once when Redis is back, before anybody may take for homeless what only could not renew.
    redis.on('ready', (ready) => void (ready && this.#renewAll()));
  }

  async claim(roomId: string) {
    await this.#redis.whenAllAreBack();
    const [taken, answer] = (await this.#redis.run(
      CLAIM,
      [keys.lease(roomId), keys.epoch(roomId)],
      [this.#nodeId, this.#ttlMs],
    )) as [number, string | number];
    if (!taken) return { heldBy: parseValue(String(answer)) };
    const lease: Lease = { roomId, nodeId: this.#nodeId, epoch: Number(answer) };
    this.#held.set(roomId, lease);
    return { lease };
  }

  /** Whatever is kept for a room's sake may go when the room is not this node's any more. */
  onOver(listener: (lease: Lease) => void): void {
    this.#overListeners.push(listener);
  }

  #over(lease: Lease): boolean {
    if (this.#held.get(lease.roomId) !== lease) return false;
    this.#held.delete(lease.roomId);
    for (const listener of this.#overListeners) listener(lease);
    return true;
  }

  async release(lease: Lease): Promise<void> {
    this.#over(lease);
    await this.#redis.run(RELEASE, [keys.lease(lease.roomId)], [leaseValue(lease)]);
  }

  async holder(roomId: string) {
    const value = await this.#redis.ask((commands) => commands.get(keys.lease(roomId)));
    return value === null ? null : parseValue(value);
  }

  onLost(listener: (lease: Lease) => void): void {
    this.#lostListeners.push(listener);
  }

  /** False once given back or lost: nothing may be done under it even if nobody else has the room yet. */
  holds(lease: Lease): boolean {
    return this.#held.get(lease.roomId) === lease;
  }

  /** Told by an append that was fenced out, or by a renewal. */
  lost(lease: Lease): void {
    if (!this.#over(lease)) return;
    for (const listener of this.#lostListeners) listener(lease);
  }

  async #renewAll(): Promise<void> {
    if (!this.#redis.ready) return;
    // Sent together, so that one round trip renews all.
    await Promise.all(
      [...this.#held.values()].map(async (lease) => {
        try {
          const held = await this.#redis.run(
            RENEW,
            [keys.lease(lease.roomId), keys.epoch(lease.roomId)],
            [leaseValue(lease), this.#ttlMs],
          );
          if (!held) this.lost(lease);
        } catch (error) {
          this.#log.debug({ roomId: lease.roomId, err: error }, 'lease not renewed this time');
        }
      }),
    );
  }

  close(): void {
    clearInterval(this.#timer);
    this.#held.clear();
  }
}
