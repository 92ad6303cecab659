import type { Consumer } from 'mediasoup-client/types';
import type { Feed } from '../../signaling/contract/index.ts';
import { FrameClock } from './frame-clock.ts';
import {
  ReceiverFigures,
  STALE_AFTER_MS,
  STALE_AFTER_STILL_MS,
  stateOf,
  WAITING_QUALITY,
  type FeedQuality,
} from './quality.ts';

const WATCH_EVERY_MS = 100;
const STATS_EVERY_MS = 1_000;
/** A decoder that stands still this long has lost its reference, and waits much too long before it says so itself. */
const FREEZE_MS = 300;
const KEY_FRAME_EVERY_MS = 1_000;

export interface Layers {
  spatialLayer: number;
  temporalLayer?: number;
}

/** What a feed needs of its session. */
export interface FeedHost {
  hubNowMs(): number;
  consume(feed: Feed): Promise<Consumer>;
  setConsumer(consumerId: string, change: { paused?: boolean; preferredLayers?: Layers }): Promise<unknown>;
  requestKeyFrame(consumerId: string): Promise<unknown>;
  closeConsumer(consumerId: string): Promise<unknown>;
  closed(feed: RemoteFeed): void;
}

/** One picture or voice of somebody else. Its `stream` stays the same object over rebuilds. */
export class RemoteFeed {
  readonly stream = new MediaStream();
  readonly #host: FeedHost;
  readonly #publisherClockOffsetMs: () => number | null;
  readonly #listeners = new Set<(quality: FeedQuality) => void>();
  readonly #elements = new Map<HTMLVideoElement, () => void>();
  #feed: Feed;
  #consumer: Consumer | null = null;
  #clock: FrameClock | null = null;
  #figures = new ReceiverFigures();
  #quality: FeedQuality = WAITING_QUALITY;
  #paused = false;
  #wasPaused = false;
  #layers: Layers | null = null;
  #watchTimer: ReturnType<typeof setInterval> | undefined;
  #startedAtMs = 0;
  #statsAtMs = 0;
  #keyFrameAtMs = 0;
  #closed = false;

  constructor(feed: Feed, host: FeedHost, publisherClockOffsetMs: () => number | null) {
    this.#feed = feed;
    this.#host = host;
    this.#publisherClockOffsetMs = publisherClockOffsetMs;
  }

  get feed(): Feed {
    return this.#feed;
  }

  get track(): MediaStreamTrack | null {
    return this.#consumer?.track ?? null;
  }

  get consumerId(): string | null {
    return this.#consumer?.id ?? null;
  }

  get closed(): boolean {
    return this.#closed;
  }

  quality(): FeedQuality {
    return this.#quality;
  }

  onQuality(listener: (quality: FeedQuality) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#quality);
    return () => this.#listeners.delete(listener);
  }

  /** (Re-)subscribes; after a rebuild the wishes of before hold again. */
  async open(): Promise<void> {
    this.lost();
    const consumer = await this.#host.consume(this.#feed);
    if (this.#closed) {
      consumer.close();
      void this.#host.closeConsumer(consumer.id).catch(() => undefined);
      return;
    }
    this.#consumer = consumer;
    this.stream.addTrack(consumer.track);
    const receiver = consumer.rtpReceiver;
    if (receiver) {
      if (this.#feed.streamClass === 'clinical') showAtOnce(receiver);
      this.#clock = new FrameClock({
        receiver,
        publisherOffsetMs: this.#publisherClockOffsetMs,
        hubNowMs: () => this.#host.hubNowMs(),
      });
      for (const element of this.#elements.keys()) this.#elements.set(element, this.#clock.attach(element));
    }
    this.#startedAtMs = performance.now();
    this.#watchTimer = setInterval(() => this.#watch(), WATCH_EVERY_MS);
    await this.#host.setConsumer(consumer.id, {
      paused: this.#paused,
      ...(this.#layers ? { preferredLayers: this.#layers } : {}),
    });
  }

  /** Its consumer is gone, at the hub or with the transport; the feed may be opened again. */
  lost(): void {
    clearInterval(this.#watchTimer);
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
    this.#clock?.close();
    this.#clock = null;
    this.#figures = new ReceiverFigures();
    this.#consumer?.close();
    this.#consumer = null;
    this.#say({ ...WAITING_QUALITY, state: this.#isPaused() ? 'paused' : 'waiting' });
  }

  /** The feed as the room's state has it now. */
  setFeed(feed: Feed): void {
    this.#feed = feed;
    this.#watch();
  }

  /** Gives an element that shows the stream, so that the frames it displays are timed. */
  attach(element: HTMLVideoElement): () => void {
    this.#elements.get(element)?.();
    this.#elements.set(element, this.#clock?.attach(element) ?? (() => undefined));
    return () => {
      this.#elements.get(element)?.();
      this.#elements.delete(element);
    };
  }

  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#startedAtMs = performance.now();
    this.#tell({ paused });
    this.#watch();
  }

  setPreferredLayers(layers: Layers): void {
    if (
      this.#layers?.spatialLayer === layers.spatialLayer &&
      this.#layers.temporalLayer === layers.temporalLayer
    )
      return;
    this.#layers = layers;
    this.#tell({ preferredLayers: layers });
  }

  #tell(change: { paused?: boolean; preferredLayers?: Layers }): void {
    // A refusal means that the consumer is gone; its closing, or the rebuild, says so by itself.
    if (this.#consumer) void this.#host.setConsumer(this.#consumer.id, change).catch(() => undefined);
  }

  hearScore(score: number): void {
    this.#quality = { ...this.#quality, score };
  }

  hearLayers(spatialLayer: number | null, temporalLayer: number | null): void {
    this.#quality = { ...this.#quality, spatialLayer, temporalLayer };
  }

  #isPaused(): boolean {
    return this.#paused || this.#feed.paused;
  }

  #watch(): void {
    const clock = this.#clock;
    if (!clock || !this.#consumer) return;
    const paused = this.#isPaused();
    if (this.#wasPaused && !paused) clock.forget();
    this.#wasPaused = paused;
    clock.poll();
    const still = this.#feed.streamClass === 'screen' || this.#feed.kind === 'audio';
    const staleAfterMs = still ? STALE_AFTER_STILL_MS : STALE_AFTER_MS;
    const sinceFrameMs = clock.sinceFrameMs;
    const ageMs = clock.ageMs(sinceFrameMs !== null && sinceFrameMs > staleAfterMs);
    this.#say({
      ...this.#quality,
      sinceFrameMs,
      ageMs,
      state: stateOf({ paused, ageMs, sinceFrameMs, staleAfterMs }),
    });
    const nowMs = performance.now();
    if (paused) this.#startedAtMs = nowMs;
    else if (this.#feed.kind === 'video')
      this.#unfreeze(sinceFrameMs, still ? staleAfterMs : FREEZE_MS, nowMs);
    if (nowMs - this.#statsAtMs >= STATS_EVERY_MS) {
      this.#statsAtMs = nowMs;
      void this.#readFigures(this.#consumer);
    }
  }

  #unfreeze(sinceFrameMs: number | null, freezeMs: number, nowMs: number): void {
    const standingMs = Math.min(sinceFrameMs ?? Infinity, nowMs - this.#startedAtMs);
    if (standingMs <= freezeMs || nowMs - this.#keyFrameAtMs < KEY_FRAME_EVERY_MS) return;
    this.#keyFrameAtMs = nowMs;
    void this.#host.requestKeyFrame(this.#consumer!.id).catch(() => undefined);
  }

  async #readFigures(consumer: Consumer): Promise<void> {
    const report = await consumer.getStats().catch(() => null); // Closed meanwhile.
    if (!report || consumer !== this.#consumer) return;
    this.#quality = { ...this.#quality, ...this.#figures.update(report) };
    if (this.#feed.kind === 'audio' && this.#figures.lastPacketAtMs !== null) {
      this.#clock?.arrived(this.#figures.lastPacketAtMs - performance.timeOrigin);
    }
  }

  #say(quality: FeedQuality): void {
    this.#quality = quality;
    for (const listener of this.#listeners) listener(quality);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const consumerId = this.#consumer?.id;
    this.lost();
    this.#listeners.clear();
    for (const detach of this.#elements.values()) detach();
    this.#elements.clear();
    if (consumerId) void this.#host.closeConsumer(consumerId).catch(() => undefined);
    this.#host.closed(this);
  }
}

/** No waiting for the sake of smoothness where the age of the picture is what counts. */
function showAtOnce(receiver: RTCRtpReceiver): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
}
