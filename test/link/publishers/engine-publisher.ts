import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { EngineStats } from '../../../edge-box/src/engine/engine.ts';
import type { EngineName, FromEngine, ToEngine } from './engine-protocol.ts';
import { PROBE } from './publisher.ts';
import type { Publisher, PublisherPlace } from './publisher.ts';

const STOP_PATIENCE_MS = 5_000;

/** One of the box's engines, in a process of its own. */
export class EnginePublisher implements Publisher {
  readonly #engine: EngineName;
  readonly #place: PublisherPlace;
  publishedAtMs: number | null = null;
  #child: ChildProcess | undefined;
  #stats: EngineStats | undefined;

  constructor(engine: EngineName, place: PublisherPlace) {
    this.#engine = engine;
    this.#place = place;
  }

  async start(): Promise<void> {
    const { execPath, config = PROBE } = this.#place;
    const child = fork(new URL('./engine-process.ts', import.meta.url), [], {
      ...(execPath ? { execPath } : {}),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    const connected = new Promise<void>((resolve, reject) => {
      child.once('exit', (code, signal) => reject(new Error(`engine ended: ${signal ?? code}`)));
      child.on('message', (message: FromEngine) => {
        if (message.type === 'connected') resolve();
        else if (message.type === 'failed') reject(new Error(message.reason));
        else if (message.type === 'connecting') this.publishedAtMs = message.atMs;
        else if (message.type === 'stats') this.#stats = message.stats;
        else void this.#answer(child, message);
      });
    });
    const { clock, signals } = this.#place;
    this.#send(child, {
      type: 'start',
      engine: this.#engine,
      config,
      clock: clock.settings,
      routerRtpCapabilities: signals.routerRtpCapabilities?.(),
    });
    await connected;
  }

  get stats(): EngineStats | undefined {
    return this.#stats;
  }

  get estimateKbps(): number | null {
    return this.#stats?.estimateKbps ?? null;
  }

  async #answer(
    child: ChildProcess,
    { id, method, values }: Extract<FromEngine, { type: 'call' }>,
  ): Promise<void> {
    const ask = this.#place.signals[method] as (...values: unknown[]) => Promise<unknown>;
    try {
      this.#send(child, { type: 'answer', id, result: await ask(...values) });
    } catch (error) {
      this.#send(child, { type: 'answer', id, error: String(error) });
    }
  }

  #send(child: ChildProcess, message: ToEngine): void {
    if (child.connected) child.send(message, () => undefined);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    this.#send(child, { type: 'stop' });
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await gone;
    clearTimeout(kill);
  }
}
