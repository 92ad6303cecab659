import { EventEmitter } from 'node:events';
import type { BoxClock } from '../../clock.ts';
import type { EncodedUnit } from '../../media/child-protocol.ts';
import { FeedProcess } from '../../media/feed-process.ts';
import type { FilmSegment } from '../../media/film.ts';
import type { SpareFeeds } from '../../media/spare-feeds.ts';
import { StillError } from '../../media/still-requests.ts';
import type { Still } from '../../media/still-requests.ts';
import type {
  Engine,
  EngineConfig,
  EngineEvents,
  DeviceStats,
  EngineStats,
  MediaSignals,
} from '../engine.ts';
import { CongestionControl } from './congestion/congestion-control.ts';
import { HubConnection, MAX_PAYLOAD_BYTES } from './connection.ts';
import type { ConnectionEvents } from './connection.ts';
import { packetiseH264 } from './h264-packetiser.ts';
import { allocateKbps, ladderOf } from './rate-allocation.ts';
import { VideoFeed } from './video-feed.ts';

/** Take no new pictures while this much waits in the pacer: what waits longer is better taken anew. */
const HOLD_ABOVE_MS = 80;
const FIRST_ESTIMATE_KBPS = 1_500;
/** The estimate may run a little above what the feeds can use, to leave room for sound, headers and retransmissions. */
const ESTIMATE_HEADROOM = 1.25;
const TICK_MS = 10;

/** The engine of this box: node-datachannel as the pipe, node-av as the encoders, RTP and its control our own. */
export class NativeEngine implements Engine {
  readonly #config: EngineConfig;
  readonly #clock: BoxClock;
  readonly #spares: SpareFeeds | undefined;
  readonly #emitter = new EventEmitter();
  readonly #video = new Map<string, VideoFeed>();
  readonly #paused = new Set<string>();
  readonly #filmed = new Set<string>();
  #audio: FeedProcess | undefined;
  #connection: HubConnection | undefined;
  #state: EngineStats['state'] = 'idle';
  #appliedKbps = 0;
  #tickTimer: NodeJS.Timeout | undefined;
  #vitalsSent = 0;
  #vitalsDropped = 0;

  /** `spares`: feed processes that are up already; without them each is started when it is wanted. */
  constructor(config: EngineConfig, clock: BoxClock, spares?: SpareFeeds) {
    this.#config = config;
    this.#clock = clock;
    this.#spares = spares;
  }

  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void);
  }

  async connect(signals: MediaSignals): Promise<void> {
    this.#state = 'connecting';
    this.#startFeeds();
    const maxKbps =
      this.#config.video.reduce((sum, feed) => sum + ladderOf(feed).usableKbps, 0) * ESTIMATE_HEADROOM;
    const startKbps = Math.min(maxKbps, this.#connection?.control.kbps ?? FIRST_ESTIMATE_KBPS);
    const events: ConnectionEvents = {
      keyFrameWanted: (slot, layer) => this.#video.get(slot)?.requestKeyFrame(layer),
      keyFramesWanted: () => this.#forceKeyFrames(),
      mediaExpected: () => this.#slots().some((slot) => !this.#paused.has(slot)),
      lost: (reason) => {
        this.#state = 'lost';
        this.#emitter.emit('lost', reason);
      },
    };
    const control = new CongestionControl({ startKbps, maxKbps });
    const next = await HubConnection.open(this.#config, this.#clock, signals, events, control).catch(
      (error: unknown) => {
        if (this.#state === 'connecting') this.#state = this.#connection ? 'lost' : 'idle';
        throw error;
      },
    );
    if (this.#state !== 'connecting') {
      // Disconnected in the meantime.
      await next.close();
      return;
    }
    const previous = this.#connection;
    this.#connection = next;
    this.#appliedKbps = 0;
    this.#state = 'connected';
    this.#tickTimer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#applyRate();
    this.#forceKeyFrames();
    await previous?.close();
  }

  async disconnect(): Promise<void> {
    this.#state = 'idle';
    clearInterval(this.#tickTimer);
    this.#tickTimer = undefined;
    const feeds = [...this.#video.values()].map(({ process }) => process.stop());
    if (this.#audio) feeds.push(this.#audio.stop());
    this.#video.clear();
    this.#audio = undefined;
    const connection = this.#connection;
    this.#connection = undefined;
    await Promise.all([...feeds, connection?.close()]);
    // Connected again in the meantime, the new feeds have taken what there was.
    if (this.#video.size === 0) this.#spares?.refill();
  }

  requestKeyFrame(slot: string): void {
    const feed = this.#video.get(slot);
    for (let layer = 0; layer < (feed?.layers ?? 0); layer++) feed?.requestKeyFrame(layer);
  }

  #forceKeyFrames(): void {
    for (const feed of this.#video.values()) feed.forceKeyFrame();
  }

  sendVitals(message: Uint8Array): boolean {
    const sent = this.#connection?.sendVitals(message) ?? false;
    if (sent) this.#vitalsSent++;
    else this.#vitalsDropped++;
    return sent;
  }

  setPaused(slot: string, paused: boolean): void {
    if (paused) this.#paused.add(slot);
    else this.#paused.delete(slot);
    this.#holdOrRelease();
    this.#applyFilm(slot);
    if (!paused) this.#video.get(slot)?.process.requestKeyFrame();
  }

  takeStill(slot: string): Promise<Still> {
    return this.#video.get(slot)?.process.takeStill() ?? Promise.reject(new StillError('no-picture'));
  }

  film(slot: string, on: boolean): void {
    if (on) this.#filmed.add(slot);
    else this.#filmed.delete(slot);
    this.#applyFilm(slot);
  }

  #applyFilm(slot: string): void {
    this.#video.get(slot)?.film(this.#filmed.has(slot) && !this.#paused.has(slot));
  }

  #slots(): string[] {
    const { video, audio } = this.#config;
    return [...video.map(({ slot }) => slot), ...(audio ? [audio.slot] : [])];
  }

  syncClock(): void {
    for (const { process } of this.#video.values()) process.syncClock();
    this.#audio?.syncClock();
  }

  #startFeeds(): void {
    if (this.#video.size > 0 || this.#audio) return;
    for (const config of this.#config.video) {
      const { slot } = config;
      const events = {
        unit: (unit: EncodedUnit) => this.#onPicture(slot, unit),
        down: (reason: string) => this.#emitter.emit('feedDown', slot, reason),
        filmed: (segment: FilmSegment) => this.#emitter.emit('filmed', slot, segment),
        arrivesInMs: (bytes: number) => this.#connection?.arrivesInMs(bytes) ?? 0,
        layerPaused: (layer: number) => this.#connection?.forgetLayer(slot, layer),
      };
      this.#video.set(slot, new VideoFeed(config, this.#clock, events, this.#spares));
    }
    const { audio } = this.#config;
    if (audio) {
      const { source, bitrateKbps } = audio;
      const events = {
        unit: (unit: EncodedUnit) => {
          if (this.#paused.has(audio.slot)) return;
          this.#connection?.send(audio.slot, 0, [Buffer.from(unit.data)], unit.captureHubMs);
        },
        down: (reason: string) => this.#emitter.emit('feedDown', audio.slot, reason),
      };
      const job = { kind: 'audio', source, bitrateKbps } as const;
      this.#audio = new FeedProcess(job, this.#clock, events, this.#spares);
    }
  }

  #onPicture(slot: string, unit: EncodedUnit): void {
    const connection = this.#connection;
    // A hold takes a moment to reach the feed's process, and not every source can be held.
    if (!connection || this.#paused.has(slot)) return;
    const { buffer, byteOffset, byteLength } = unit.data;
    const payloads = packetiseH264(Buffer.from(buffer, byteOffset, byteLength), MAX_PAYLOAD_BYTES);
    connection.send(slot, unit.layer, payloads, unit.captureHubMs);
    this.#holdOrRelease();
  }

  #holdOrRelease(): void {
    const connection = this.#connection;
    if (!connection) return;
    const allHeld = connection.control.silent || connection.pacer.queueMs > HOLD_ABOVE_MS;
    for (const feed of this.#video.values()) {
      feed.hold(allHeld || this.#paused.has(feed.config.slot));
    }
  }

  #tick(): void {
    this.#holdOrRelease();
    this.#applyRate();
  }

  #applyRate(): void {
    const kbps = this.#connection?.control.kbps ?? FIRST_ESTIMATE_KBPS;
    const nowMs = this.#clock.nowMs();
    const feeds = [...this.#video.values()];
    if (kbps === this.#appliedKbps && !feeds.some((feed) => feed.mayResume(nowMs))) return;
    this.#appliedKbps = kbps;
    const shares = feeds.map((feed) => feed.share(nowMs));
    const targets = allocateKbps(kbps, this.#config.audio?.bitrateKbps ?? 0, shares);
    feeds.forEach((feed, i) => feed.setKbps(targets[i] ?? [], nowMs));
  }

  stats(): EngineStats {
    const connection = this.#connection;
    return {
      state: this.#state,
      estimateKbps: this.#connection?.control.kbps ?? null,
      rttMs: connection?.rttMs ?? null,
      paths: connection?.paths() ?? [],
      pacerQueueMs: connection?.pacer.backlogMs ?? 0,
      feedbackAgeMs: connection?.feedbackAgeMs ?? null,
      video: [...this.#video.values()].map((feed) => feed.stats(connection?.streams(feed.config.slot) ?? [])),
      devices: this.#devices(),
      audioPackets: connection?.streams(this.#config.audio?.slot ?? '')[0]?.packets ?? 0,
      vitalsSent: this.#vitalsSent,
      vitalsDropped: this.#vitalsDropped,
    };
  }

  #devices(): DeviceStats[] {
    const of = (slot: string, { sourceState, health }: FeedProcess): DeviceStats => ({
      slot,
      source: sourceState,
      health,
    });
    const video = [...this.#video.values()].map(({ config, process }) => of(config.slot, process));
    const { audio } = this.#config;
    return audio && this.#audio ? [...video, of(audio.slot, this.#audio)] : video;
  }
}
