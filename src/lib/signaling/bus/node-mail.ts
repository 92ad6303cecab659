import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from 'pino';
import { ERROR_CODES, HubError, noticeSchema, type ErrorCode, type Notice } from '../contract/index.ts';
import { channels } from './keys.ts';
import { parseMessage } from './parse-message.ts';
import type { RedisConnection } from './redis-connection.ts';

const errorCodeSchema = z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]);

/** What nodes write to each other. */
const mailSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('request'),
    id: z.string(),
    from: z.string(),
    method: z.string(),
    payload: z.unknown().optional(),
  }),
  z.object({
    kind: z.literal('reply'),
    id: z.string(),
    result: z.unknown().optional(),
    error: z.object({ code: errorCodeSchema, message: z.string() }).optional(),
  }),
  z.object({ kind: z.literal('notice'), connectionId: z.string(), notice: noticeSchema }),
]);
type Mail = z.infer<typeof mailSchema>;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Requests and replies between nodes, and notices for single connections, over one channel a node. */
export class NodeMail {
  readonly #redis: RedisConnection;
  readonly #nodeId: string;
  readonly #log: Logger;
  readonly #handlers = new Map<string, (payload: unknown) => Promise<unknown>>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #noticeListeners: ((connectionId: string, notice: Notice) => void)[] = [];

  constructor(redis: RedisConnection, nodeId: string, log: Logger) {
    this.#redis = redis;
    this.#nodeId = nodeId;
    this.#log = log;
  }

  async open(): Promise<void> {
    await this.#redis.listener.subscribe(channels.node(this.#nodeId), (message, channel) => {
      const mail = parseMessage(mailSchema, channel, message, this.#log);
      if (mail) void this.#received(mail);
    });
  }

  serve(method: string, handler: (payload: unknown) => Promise<unknown>): void {
    this.#handlers.set(method, handler);
  }

  onConnectionNotice(listener: (connectionId: string, notice: Notice) => void): void {
    this.#noticeListeners.push(listener);
  }

  async request(nodeId: string, method: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    if (nodeId === this.#nodeId) return this.#handle(method, payload);
    const id = randomUUID();
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new HubError('timeout', `node ${nodeId} did not answer ${method}`));
      }, timeoutMs);
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          this.#waiting.delete(id);
          how(value);
        };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
    this.#post(nodeId, { kind: 'request', id, from: this.#nodeId, method, payload })
      .then((listeners) => {
        if (listeners === 0)
          this.#waiting.get(id)?.reject(new HubError('unavailable', `node ${nodeId} is not there`));
      })
      .catch((cause: unknown) =>
        this.#waiting.get(id)?.reject(new HubError('unavailable', undefined, { cause })),
      );
    return answer;
  }

  notify(nodeId: string, connectionId: string, notice: Notice): void {
    if (nodeId === this.#nodeId) return this.#deliver(connectionId, notice);
    // A notice is worth nothing later: when Redis is away it is dropped.
    this.#post(nodeId, { kind: 'notice', connectionId, notice }).catch(() => undefined);
  }

  #post(nodeId: string, mail: Mail): Promise<number> {
    return this.#redis.commands.publish(channels.node(nodeId), JSON.stringify(mail));
  }

  async #received(mail: Mail): Promise<void> {
    if (mail.kind === 'notice') return this.#deliver(mail.connectionId, mail.notice);
    if (mail.kind === 'reply') {
      const waiting = this.#waiting.get(mail.id);
      if (mail.error) waiting?.reject(new HubError(mail.error.code, mail.error.message));
      else waiting?.resolve(mail.result);
      return;
    }
    const { id, from } = mail;
    try {
      const result = await this.#handle(mail.method, mail.payload);
      await this.#post(from, { kind: 'reply', id, result });
    } catch (error) {
      const { code, message } = this.#asHubError(error, mail.method);
      await this.#post(from, { kind: 'reply', id, error: { code, message } }).catch(() => undefined);
    }
  }

  #asHubError(error: unknown, method: string): HubError {
    if (error instanceof HubError) return error;
    this.#log.error({ err: error, method }, 'request of another node failed');
    return new HubError('internal');
  }

  async #handle(method: string, payload: unknown): Promise<unknown> {
    const handler = this.#handlers.get(method);
    if (!handler) throw new HubError('unknown_message', `no node serves ${method}`);
    return handler(payload);
  }

  #deliver(connectionId: string, notice: Notice): void {
    for (const listener of this.#noticeListeners) listener(connectionId, notice);
  }

  close(): void {
    for (const waiting of this.#waiting.values())
      waiting.reject(new HubError('unavailable', 'the bus is closed'));
  }
}
