import type { BoxClock } from '../../clock.ts';
import type { EncodedUnit } from '../../media/child-protocol.ts';
import { FeedProcess } from '../../media/feed-process.ts';
import type { FilmSegment } from '../../media/film.ts';
import type { SpareFeeds } from '../../media/spare-feeds.ts';
import type { VideoFeedConfig, VideoFeedStats } from '../engine.ts';
import { LayerRates } from './layer-rates.ts';
import { ladderOf } from './rate-allocation.ts';
import type { Share } from './rate-allocation.ts';
import type { RtpStream } from './rtp-stream.ts';

/** Two viewers who join together cost one key frame; who comes when it is at the hub already gets the next after so long. */
const KEY_FRAME_GUARD_MS = 300;

/** What became of the last request for a whole picture of one size. */
interface KeyFrameAsk {
  atMs: number;
  /** The picture is at the hub by then, and of no use to who asks later; before, it serves them all. */
  arrivesAtMs: number;
  /** Somebody has asked since then. */
  isWantedAgain: boolean;
}

interface VideoFeedEvents {
  unit(unit: EncodedUnit): void;
  down(reason: string): void;
  filmed(segment: FilmSegment): void;
  /** How long so much takes to the hub now. */
  arrivesInMs(bytes: number): number;
  /** Nothing of this size is sent until further notice. */
  layerPaused(layer: number): void;
}

/** One feed of pictures: its process, its rates, and what was counted of it. */
export class VideoFeed {
  readonly config: VideoFeedConfig;
  readonly layers: number;
  readonly process: FeedProcess;
  readonly #events: VideoFeedEvents;
  readonly #clock: BoxClock;
  readonly #keyFrameAsks: KeyFrameAsk[];
  readonly #rates: LayerRates;
  #held = false;
  #frames = 0;
  #keyFrames = 0;
  #keyFrameRequests = 0;
  #encodeMs = 0;

  constructor(
    config: VideoFeedConfig,
    clock: BoxClock,
    events: VideoFeedEvents,
    spares: SpareFeeds | undefined,
  ) {
    const { layers } = ladderOf(config);
    this.config = config;
    this.layers = layers;
    this.#events = events;
    this.#clock = clock;
    const never = { atMs: -Infinity, arrivesAtMs: -Infinity, isWantedAgain: false };
    this.#keyFrameAsks = Array.from({ length: layers }, () => ({ ...never }));
    this.#rates = new LayerRates(config.maxBitrateKbps, layers);
    const { topKbps: bitrateKbps, lowerKbps } = this.#rates;
    const job = { kind: 'video', source: config.source, bitrateKbps, lowerKbps } as const;
    const hooks = {
      unit: (unit: EncodedUnit) => this.#onUnit(unit),
      down: (reason: string) => events.down(reason),
      filmed: (segment: FilmSegment) => events.filmed(segment),
    };
    this.process = new FeedProcess(job, clock, hooks, spares);
  }

  #onUnit(unit: EncodedUnit): void {
    const isLargest = unit.layer === this.layers - 1;
    if (isLargest) {
      this.#frames++;
      if (unit.isKeyFrame) this.#keyFrames++;
      this.#encodeMs = unit.encodedHubMs - unit.captureHubMs;
    }
    const ask = this.#keyFrameAsks[unit.layer];
    if (unit.isKeyFrame && ask)
      ask.arrivesAtMs = this.#clock.nowMs() + this.#events.arrivesInMs(unit.data.length);
    if (ask?.isWantedAgain) this.#askForKeyFrame(unit.layer, ask);
    // A pause takes a moment to reach the feed's process.
    if (isLargest || this.#rates.lowerKbps[unit.layer]) this.#events.unit(unit);
  }

  /** Somebody wants a whole picture of this size. */
  requestKeyFrame(layer: number): void {
    this.#keyFrameRequests++;
    const ask = this.#keyFrameAsks[layer];
    if (ask) this.#askForKeyFrame(layer, ask);
  }

  #askForKeyFrame(layer: number, ask: KeyFrameAsk): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - ask.atMs < KEY_FRAME_GUARD_MS) {
      ask.isWantedAgain ||= nowMs > ask.arrivesAtMs;
      return;
    }
    Object.assign(ask, { atMs: nowMs, arrivesAtMs: Infinity, isWantedAgain: false });
    this.process.requestKeyFrame(this.layers === 1 ? undefined : layer);
  }

  /** Whole pictures of all sizes, whoever asked just now: what was sent then does not count any more. */
  forceKeyFrame(): void {
    const now = { atMs: this.#clock.nowMs(), arrivesAtMs: Infinity, isWantedAgain: false };
    for (const ask of this.#keyFrameAsks) Object.assign(ask, now);
    this.process.requestKeyFrame();
  }

  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.process.hold(held);
  }

  film(on: boolean): void {
    this.process.film(on ? this.config.maxBitrateKbps : null);
  }

  /** The uplink is to be divided anew, even if it has not changed. */
  mayResume(nowMs: number): boolean {
    return this.#rates.mayResume(nowMs);
  }

  share(nowMs: number): Share {
    const { streamClass, minBitrateKbps: minKbps, maxBitrateKbps: maxKbps } = this.config;
    return {
      streamClass,
      minKbps,
      maxKbps,
      layers: this.layers,
      lowerAllowed: this.#rates.lowerAllowed(nowMs),
    };
  }

  /** What each size may send now, smallest first. */
  setKbps(kbps: readonly number[], nowMs: number): void {
    const paused = this.#rates.change(kbps, nowMs);
    if (!paused) return;
    this.process.setBitrateKbps(this.#rates.topKbps, this.#rates.lowerKbps);
    for (const layer of paused) this.#events.layerPaused(layer);
  }

  /** `streams`: of all sizes; none without a connection. */
  stats(streams: readonly RtpStream[]): VideoFeedStats {
    const sum = (of: (stream: RtpStream) => number): number =>
      streams.reduce((total, stream) => total + of(stream), 0);
    return {
      slot: this.config.slot,
      targetKbps: this.#rates.totalKbps,
      frames: this.#frames,
      keyFrames: this.#keyFrames,
      packets: sum(({ packets }) => packets),
      bytes: sum(({ bytes }) => bytes),
      retransmitted: sum(({ retransmitted }) => retransmitted),
      nacked: sum(({ nacked }) => nacked),
      keyFrameRequests: this.#keyFrameRequests,
      restarts: this.process.restarts,
      encodeMs: this.#encodeMs,
      held: this.#held,
    };
  }
}
