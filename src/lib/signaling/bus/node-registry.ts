import type { Logger } from 'pino';
import { keys } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/**
 * Which nodes are alive: each writes the time into one sorted set (Redis's own time, so that clocks of nodes do not
 * matter) and looks for those that stopped doing so.
 */
export class NodeRegistry {
  readonly #redis: RedisConnection;
  readonly #nodeId: string;
  readonly #ttlMs: number;
  readonly #log: Logger;
  readonly #goneListeners: ((nodeId: string) => void)[] = [];
  readonly #known = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(redis: RedisConnection, nodeId: string, ttlMs: number, log: Logger) {
    this.#redis = redis;
    this.#nodeId = nodeId;
    this.#ttlMs = ttlMs;
    this.#log = log;
  }

  async open(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beat().catch((error: unknown) => this.#log.debug({ err: error }, 'no heartbeat this time'));
    }, this.#ttlMs / 3);
  }

  onGone(listener: (nodeId: string) => void): void {
    this.#goneListeners.push(listener);
  }

  async list(): Promise<string[]> {
    const nowMs = await this.#nowMs();
    return this.#redis.ask((commands) => commands.zRangeByScore(keys.nodes, nowMs - this.#ttlMs, '+inf'));
  }

  async #nowMs(): Promise<number> {
    const [seconds, microseconds] = (await this.#redis.ask((commands) => commands.time())) as [
      string,
      string,
    ];
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  async #beat(): Promise<void> {
    if (!this.#redis.ready) return;
    const nowMs = await this.#nowMs();
    await this.#redis.commands.zAdd(keys.nodes, { score: nowMs, value: this.#nodeId });
    const alive = new Set(await this.#redis.commands.zRangeByScore(keys.nodes, nowMs - this.#ttlMs, '+inf'));
    // Nobody could say a word while Redis was away: silence proves something only when it was there all along.
    const judging = this.#redis.readyForMs > this.#ttlMs;
    for (const nodeId of this.#known) {
      if (alive.has(nodeId) || !judging) continue;
      this.#known.delete(nodeId);
      for (const listener of this.#goneListeners) listener(nodeId);
    }
    for (const nodeId of alive) if (nodeId !== this.#nodeId) this.#known.add(nodeId);
    // Long dead names are nobody's business any more.
    await this.#redis.commands.zRemRangeByScore(keys.nodes, '-inf', nowMs - 100 * this.#ttlMs);
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    if (this.#redis.ready) await this.#redis.commands.zRem(keys.nodes, this.#nodeId).catch(() => undefined);
  }
}
