import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import { AudioOut } from '../devices/audio-out.ts';
import type { AudioOutTarget } from '../devices/audio-out.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import { ReceiveConnection } from './receive-connection.ts';
import type { ReceiveSignals } from './receive-connection.ts';
import type { VoiceFeed, VoiceListener } from './room-voices.ts';
import type { ReceivedRtp } from './rtp-reader.ts';

/** The speaker that a configuration names; null for none. */
export function speakerOf({ talkBack }: Pick<BoxConfig, 'talkBack'>): AudioOutTarget | null {
  return talkBack?.kind === 'alsa' ? talkBack : null;
}

/** `quiet`: nobody is heard at present. `waiting`: there are voices that do not come in yet. `fault`: of the speaker itself. */
export type SpeakerState = 'quiet' | 'playing' | 'waiting' | 'fault';

export interface TalkBackParts {
  /** Network interfaces to use, most wanted first; empty: all there are. */
  interfaces: readonly string[];
  log: Log;
}

interface Heard {
  generation: number;
  consumerId: string;
  ssrc: number;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

/**
 * Talk-back: the room's voices at the box's speaker. All events only say what is wanted; one loop, never two at a time, makes it so and tries
 * again when it fails. Without a speaker, without a room, or with nobody in it who could speak, nothing is connected.
 */
export class TalkBack implements VoiceListener {
  readonly #parts: TalkBackParts;
  #target: AudioOutTarget | null = null;
  #out: AudioOut | null = null;
  #signals: ReceiveSignals | null = null;
  #wanted = new Map<string, number>();
  #connection: ReceiveConnection | null = null;
  /** Of `#connection`, by feed. */
  readonly #heard = new Map<string, Heard>();
  readonly #feedOfSsrc = new Map<number, string>();
  #working = false;
  /** Something happened since the loop last looked. */
  #changed = false;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #idle: Promise<void> = Promise.resolve();

  constructor(parts: TalkBackParts) {
    this.#parts = parts;
  }

  /** From now on by this speaker; null: by none. */
  setSpeaker(target: AudioOutTarget | null): void {
    if (JSON.stringify(target) === JSON.stringify(this.#target)) return;
    this.#target = target;
    void this.#out?.stop();
    this.#out = null;
    this.#runSpeaker();
    this.#work();
  }

  /** Null without a speaker. */
  get state(): SpeakerState | null {
    const out = this.#out;
    if (!out) return this.#target && 'quiet';
    if (out.state === 'device-missing' || out.state === 'lost') return 'fault';
    if ([...this.#wanted.keys()].some((feedId) => !this.#heard.has(feedId))) return 'waiting';
    return out.audible ? 'playing' : 'quiet';
  }

  entered(signals: ReceiveSignals, mediaKept: boolean): void {
    if (!mediaKept || signals !== this.#signals) this.#drop();
    this.#signals = signals;
    this.#retryMs = FIRST_RETRY_MS;
    this.#runSpeaker();
    this.#work();
  }

  voices(feeds: readonly VoiceFeed[]): void {
    const isSame =
      feeds.length === this.#wanted.size &&
      feeds.every(({ feedId, generation }) => this.#wanted.get(feedId) === generation);
    if (isSame) return;
    this.#wanted = new Map(feeds.map(({ feedId, generation }) => [feedId, generation]));
    this.#work();
  }

  consumerClosed(consumerId: string): void {
    for (const [feedId, heard] of this.#heard) if (heard.consumerId === consumerId) this.#forget(feedId);
    // Mostly the feed is gone, and the room's state says so in a moment.
    this.#retryLater();
  }

  left(): void {
    this.#signals = null;
    this.#wanted.clear();
    void this.#out?.stop();
    this.#out = null;
    this.#work();
  }

  /** Leaves nothing running. */
  async stop(): Promise<void> {
    this.#target = null;
    const out = this.#out;
    this.left();
    await this.#idle;
    clearTimeout(this.#retryTimer);
    await out?.stop();
  }

  #runSpeaker(): void {
    if (!this.#target || !this.#signals || this.#out) return;
    this.#out = new AudioOut(this.#target, (state) => {
      if (state !== 'stopped') this.#parts.log(state === 'ready' ? 'info' : 'warn', 'speaker', { state });
    });
    this.#out.start();
  }

  #work(): void {
    clearTimeout(this.#retryTimer);
    this.#changed = true;
    if (this.#working) return;
    this.#working = true;
    this.#idle = this.#settleAll();
  }

  async #settleAll(): Promise<void> {
    while (this.#changed) {
      this.#changed = false;
      try {
        if (await this.#settle()) this.#retryMs = FIRST_RETRY_MS;
        else this.#retryLater();
      } catch (error) {
        this.#parts.log('warn', 'the voices of the room cannot be heard yet', {
          reason: reasonOf(error),
          retryMs: this.#retryMs,
        });
        this.#retryLater();
      }
    }
    this.#working = false;
  }

  #retryLater(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#work(), this.#retryMs);
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
  }

  /** One step towards what is wanted; false when something of it must be tried again. */
  async #settle(): Promise<boolean> {
    const signals = this.#signals;
    if (!signals || !this.#target || this.#wanted.size === 0) {
      this.#drop();
      return true;
    }
    const connection = this.#connection ?? (await this.#connect(signals));
    // What has happened meanwhile has set `#changed`.
    if (!connection || connection !== this.#connection) return true;
    for (const [feedId, heard] of this.#heard) {
      if (this.#wanted.get(feedId) === heard.generation) continue;
      this.#forget(feedId);
      this.#close(signals, heard.consumerId);
    }
    const missing = [...this.#wanted].filter(([feedId]) => !this.#heard.has(feedId));
    const outcomes = await Promise.all(
      missing.map(([feedId, generation]) => this.#hear(signals, connection, feedId, generation)),
    );
    return outcomes.every(Boolean);
  }

  async #connect(signals: ReceiveSignals): Promise<ReceiveConnection | null> {
    const { interfaces, log } = this.#parts;
    const opened: ReceiveConnection = await ReceiveConnection.open({
      signals,
      interfaces,
      onRtp: (packet) => this.#play(packet),
      onLost: (reason) => {
        if (this.#connection !== opened) return;
        log('warn', 'the voices of the room are lost', { reason });
        this.#drop();
        this.#work();
      },
    });
    if (this.#signals !== signals) {
      await opened.close();
      return null;
    }
    if (!opened.isOpen) throw new Error('lost as soon as it was there');
    this.#connection = opened;
    return opened;
  }

  /** False when it cannot be heard yet: the feed may be just about to go, or its sound of a kind that we cannot decode. */
  async #hear(
    signals: ReceiveSignals,
    connection: ReceiveConnection,
    feedId: string,
    generation: number,
  ): Promise<boolean> {
    try {
      const { consumerId, ssrc } = await signals.consume(connection.transportId, feedId);
      const isWanted = this.#connection === connection && this.#wanted.get(feedId) === generation;
      if (isWanted) {
        this.#heard.set(feedId, { generation, consumerId, ssrc });
        this.#feedOfSsrc.set(ssrc, feedId);
        await signals.resume(consumerId);
      } else this.#close(signals, consumerId);
      return true;
    } catch (error) {
      this.#parts.log('warn', 'a voice cannot be heard yet', { reason: reasonOf(error) });
      const halfHeard = this.#heard.get(feedId);
      if (halfHeard?.generation === generation) this.#close(signals, halfHeard.consumerId);
      this.#forget(feedId);
      return false;
    }
  }

  /** What is gone already is as good as closed. */
  #close(signals: ReceiveSignals, consumerId: string): void {
    void signals.closeConsumer(consumerId).catch(() => undefined);
  }

  #play({ ssrc, sequence, timestamp, payload }: ReceivedRtp): void {
    const feedId = this.#feedOfSsrc.get(ssrc);
    if (feedId !== undefined) this.#out?.play(feedId, { sequence, timestamp, payload });
  }

  #forget(feedId: string): void {
    const heard = this.#heard.get(feedId);
    if (!heard) return;
    this.#heard.delete(feedId);
    this.#feedOfSsrc.delete(heard.ssrc);
    this.#connection?.forget(heard.ssrc);
    this.#out?.endVoice(feedId);
  }

  #drop(): void {
    for (const feedId of [...this.#heard.keys()]) this.#forget(feedId);
    const connection = this.#connection;
    this.#connection = null;
    void connection?.close();
  }
}
