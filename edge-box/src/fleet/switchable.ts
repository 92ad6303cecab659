import type { Player } from '../agent.ts';
import type { Engine, EngineEvents, EngineStats, MediaSignals } from '../engine/engine.ts';
import { StillError } from '../media/still-requests.ts';
import type { Still } from '../media/still-requests.ts';

type Listener<E extends keyof EngineEvents> = (...args: EngineEvents[E]) => void;

/**
 * An engine that can be exchanged for one with other feeds while the box goes on. To the agent the exchange is a lost path: it connects
 * again, by the new engine.
 */
export class SwitchableEngine implements Engine {
  readonly #listeners: { [E in keyof EngineEvents]?: Listener<E>[] } = {};
  #engine: Engine;
  /** The agent has asked for a connection, and not for its end. */
  #wanted = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#follow(engine);
  }

  /** From now on this one; the former is stopped first, because both may want the same camera. */
  async switchTo(engine: Engine): Promise<void> {
    const former = this.#engine;
    this.#engine = engine;
    this.#follow(engine);
    await former.disconnect();
    if (this.#wanted) this.#emit('lost', 'another configuration');
  }

  #follow(engine: Engine): void {
    engine.on('lost', (...args) => engine === this.#engine && this.#emit('lost', ...args));
    engine.on('feedDown', (...args) => engine === this.#engine && this.#emit('feedDown', ...args));
    engine.on('filmed', (...args) => engine === this.#engine && this.#emit('filmed', ...args));
  }

  #emit<E extends keyof EngineEvents>(event: E, ...args: EngineEvents[E]): void {
    for (const listener of this.#listeners[event] ?? []) listener(...args);
  }

  on<E extends keyof EngineEvents>(event: E, listener: Listener<E>): void {
    const listeners: Listener<E>[] = (this.#listeners[event] ??= []);
    listeners.push(listener);
  }

  connect(signals: MediaSignals): Promise<void> {
    this.#wanted = true;
    return this.#engine.connect(signals);
  }
  disconnect(): Promise<void> {
    this.#wanted = false;
    return this.#engine.disconnect();
  }
  requestKeyFrame(slot: string): void {
    this.#engine.requestKeyFrame(slot);
  }
  syncClock(): void {
    this.#engine.syncClock();
  }
  sendVitals(message: Uint8Array): boolean {
    return this.#engine.sendVitals(message);
  }
  takeStill(slot: string): Promise<Still> {
    return this.#engine.takeStill?.(slot) ?? Promise.reject(new StillError('failed'));
  }
  film(slot: string, on: boolean): void {
    this.#engine.film?.(slot, on);
  }
  stats(): EngineStats {
    const stats = this.#engine.stats();
    // A new one that the agent has not got to yet: its feeds are about to start.
    return stats.state === 'idle' && this.#wanted ? { ...stats, state: 'connecting' } : stats;
  }
}

/** The same for what is played while the box serves a room. */
export class SwitchablePlayer implements Player {
  #player: Player | null;
  #playing = false;

  constructor(player: Player | null) {
    this.#player = player;
  }

  switchTo(player: Player | null): void {
    this.#player?.stop();
    this.#player = player;
    if (this.#playing) player?.start();
  }

  start(): void {
    this.#playing = true;
    this.#player?.start();
  }
  stop(): void {
    this.#playing = false;
    this.#player?.stop();
  }
}
