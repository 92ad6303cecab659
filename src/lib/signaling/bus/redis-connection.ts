import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, ErrorReply } from 'redis';
import type { Logger } from 'pino';
import { HubError } from '../contract/index.ts';

/** Longest wait between two tries to reach Redis: back within half a second of its return. */
const MAX_RETRY_MS = 500;
/** After Redis was away all nodes are back within this time, the retry above with a margin. */
const ALL_BACK_MS = 2 * MAX_RETRY_MS;
/** Wait between two tries of a command that Redis could not answer. */
const ASK_AGAIN_MS = 50;

/** How long Redis may take to answer when the hub starts; later it may be away for as long as it likes. */
const START_TIMEOUT_MS = 5000;

const newClient = (url: string, disableOfflineQueue: boolean) =>
  createClient({
    url,
    disableOfflineQueue,
    socket: { reconnectStrategy: (retries) => Math.min(20 * 2 ** retries, MAX_RETRY_MS) },
  });
type Client = ReturnType<typeof newClient>;

/**
 * Two connections to Redis, one for commands and one that listens. Both come back by themselves for ever. A command
 * while Redis is away fails at once: only its sender knows whether to wait, try again or tell the person.
 */
export class RedisConnection extends EventEmitter<{ ready: [boolean] }> {
  readonly #commands: Client;
  readonly #listener: Client;
  #wasReady = false;
  /** When Redis came back; null before it was ever away. */
  #backSinceMs: number | null = null;
  #closed = false;

  private constructor(url: string, log: Logger) {
    super();
    this.setMaxListeners(0);
    this.#commands = newClient(url, true);
    this.#listener = newClient(url, false);
    // Errors repeat with every try to reconnect; only changes are worth a line.
    for (const client of [this.#commands, this.#listener]) {
      client.on('error', () => this.#changed());
      client.on('ready', () => this.#changed());
    }
    this.on('ready', (ready) => {
      if (!this.#closed) log[ready ? 'info' : 'warn'](ready ? 'redis answers' : 'redis does not answer');
    });
  }

  static async open(url: string, log: Logger): Promise<RedisConnection> {
    const connection = new RedisConnection(url, log);
    const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
    const late = new Promise<never>((_, reject) => {
      deadline.addEventListener('abort', () =>
        reject(new HubError('unavailable', `Redis does not answer within ${START_TIMEOUT_MS} ms`)),
      );
    });
    const connecting = Promise.all([connection.#commands.connect(), connection.#listener.connect()]);
    try {
      await Promise.race([connecting, late]);
    } catch (error) {
      connecting.catch(() => undefined);
      await connection.close();
      throw error;
    }
    return connection;
  }

  get ready(): boolean {
    return !this.#closed && this.#commands.isReady && this.#listener.isReady;
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

  /** How long Redis has been there since it was last away. */
  get readyForMs(): number {
    return this.#backSinceMs === null ? Infinity : performance.now() - this.#backSinceMs;
  }

  #changed(): void {
    const { ready } = this;
    if (ready === this.#wasReady) return;
    this.#wasReady = ready;
    if (!ready) this.#backSinceMs = Infinity;
    else if (this.#backSinceMs !== null) this.#backSinceMs = performance.now();
    this.emit('ready', ready);
  }

  /**
   * Runs one command.
   * @throws {HubError} `unavailable` when Redis is away, or busy coming back; its other errors as they are.
   */
  async ask<T>(run: (commands: Client) => Promise<T>): Promise<T> {
    try {
      return await run(this.#commands);
    } catch (cause) {
      if (cause instanceof ErrorReply && !/^(LOADING|BUSY|MASTERDOWN|READONLY)/.test(cause.message))
        throw cause;
      throw new HubError('unavailable', 'Redis does not answer', { cause });
    }
  }

  /**
   * Runs one command until Redis has answered it. It may be carried out twice, when only the answer was lost.
   * @throws {HubError} `unavailable` when the connection is closed meanwhile.
   */
  async askUntilAnswered<T>(run: (commands: Client) => Promise<T>): Promise<T> {
    for (;;) {
      await this.whenReady();
      try {
        return await this.ask(run);
      } catch (error) {
        if (!(error instanceof HubError) || this.#closed) throw error;
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  /** Resolves when every other node has had the time to come back after an outage too. */
  async whenAllAreBack(): Promise<void> {
    const restMs = ALL_BACK_MS - this.readyForMs;
    if (restMs > 0 && this.ready) await sleep(restMs);
  }

  /** Runs a Lua script; Redis forgets scripts when it restarts, so it is sent again when it does not know it. */
  async run(script: string, scriptKeys: string[], scriptArguments: (string | number)[]): Promise<unknown> {
    const options = { keys: scriptKeys, arguments: scriptArguments.map(String) };
    return this.ask(async (commands) => {
      try {
        return await commands.evalSha(sha1(script), options);
      } catch (error) {
        if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT')) throw error;
        return commands.eval(script, options);
      }
    });
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
