import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createClient } from 'redis';
import type { Logger } from 'pino';
import { HubError } from '../contract/index.ts';

/** Longest wait between two tries to reach Redis: back within half a second of its return. */
const MAX_RETRY_MS = 500;

/**
 * Two connections to Redis, one for commands and one that listens. Both come back by themselves for ever. A command
 * while Redis is away fails at once: only its sender knows whether to wait, try again or tell the person.
 */
export class RedisConnection extends EventEmitter<{ ready: [boolean]; resubscribed: [] }> {
  readonly #commands;
  readonly #listener;
  #commandsReady = false;
  #listenerReady = false;
  #wasReady = false;
  #closed = false;

  private constructor(url: string, log: Logger) {
    super();
    this.setMaxListeners(0);
    const socket = { reconnectStrategy: (retries: number) => Math.min(20 * 2 ** retries, MAX_RETRY_MS) };
    this.#commands = createClient({ url, socket, disableOfflineQueue: true });
    this.#listener = createClient({ url, socket });
    // Errors repeat with every try to reconnect; only changes are worth a line.
    this.#commands.on('error', () => this.#changed(() => (this.#commandsReady = false)));
    this.#commands.on('ready', () => this.#changed(() => (this.#commandsReady = true)));
    this.#listener.on('error', () => this.#changed(() => (this.#listenerReady = false)));
    this.#listener.on('ready', () => {
      this.#changed(() => (this.#listenerReady = true));
      this.emit('resubscribed');
    });
    this.on('ready', (ready) => {
      if (!this.#closed) log[ready ? 'info' : 'warn'](ready ? 'redis answers' : 'redis does not answer');
    });
  }

  static async open(url: string, log: Logger): Promise<RedisConnection> {
    const connection = new RedisConnection(url, log);
    await Promise.all([connection.#commands.connect(), connection.#listener.connect()]);
    return connection;
  }

  get ready(): boolean {
    return this.#commandsReady && this.#listenerReady;
  }

  get commands() {
    return this.#commands;
  }

  get listener() {
    return this.#listener;
  }

  get closed(): boolean {
    return this.#closed;
  }

  #changed(change: () => void): void {
    change();
    if (this.ready === this.#wasReady) return;
    this.#wasReady = this.ready;
    this.emit('ready', this.ready);
  }

  /** Runs a Lua script; Redis forgets scripts when it restarts, so it is sent again when it does not know it. */
  async run(script: string, scriptKeys: string[], scriptArguments: (string | number)[]): Promise<unknown> {
    const options = { keys: scriptKeys, arguments: scriptArguments.map(String) };
    try {
      return await this.#commands.evalSha(sha1(script), options);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#commands.eval(script, options);
    }
  }

  /** Resolves when Redis answers again. @throws {HubError} unavailable, when the connection is closed meanwhile. */
  async whenReady(): Promise<void> {
    while (!this.ready) {
      if (this.#closed) throw new HubError('unavailable', 'the bus is closed');
      await new Promise<void>((resolve) => this.once('ready', () => resolve()));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.emit('ready', false);
    this.#commands.destroy();
    this.#listener.destroy();
  }
}

const shas = new Map<string, string>();

function sha1(script: string): string {
  let sha = shas.get(script);
  if (!sha) shas.set(script, (sha = createHash('sha1').update(script).digest('hex')));
  return sha;
}
