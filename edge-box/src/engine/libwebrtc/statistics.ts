import type { EngineConfig, VideoFeedStats } from '../engine.ts';
import type { EngineReport } from './engine-protocol.ts';

/** The members of libwebrtc's statistics (M106) that are read here; all of them may be missing. */
interface Entry {
  id: string;
  type: string;
  kind?: string;
  trackIdentifier?: string;
  mediaSourceId?: string;
  selectedCandidatePairId?: string;
  currentRoundTripTime?: number;
  availableOutgoingBitrate?: number;
  bytesReceived?: number;
  packetsSent?: number;
  bytesSent?: number;
  retransmittedPacketsSent?: number;
  totalPacketSendDelay?: number;
  framesEncoded?: number;
  keyFramesEncoded?: number;
  totalEncodeTime?: number;
  nackCount?: number;
  pliCount?: number;
  firCount?: number;
}

/** One feed's figures, all layers together. */
interface Totals {
  atMs: number;
  encodeS: number;
  frames: number;
  sendDelayS: number;
  packets: number;
  bytes: number;
}

/** Turns the statistics of one connection into the engine's. */
export class Statistics {
  readonly #config: EngineConfig;
  readonly #slotByTrack: ReadonlyMap<string, string>;
  readonly #before = new Map<string, Totals>();
  #bytesReceived = 0;
  #heardMs: number;

  constructor(config: EngineConfig, slotByTrack: ReadonlyMap<string, string>, nowMs: number) {
    this.#config = config;
    this.#slotByTrack = slotByTrack;
    this.#heardMs = nowMs;
  }

  read(report: Iterable<unknown>, facesHeld: boolean, nowMs: number): EngineReport['stats'] {
    const entries = [...report] as Entry[];
    const transport = entries.find(({ type }) => type === 'transport');
    const pair = entries.find(({ id }) => id === transport?.selectedCandidatePairId);
    const received = transport?.bytesReceived ?? 0;
    if (received !== this.#bytesReceived) this.#heardMs = nowMs;
    this.#bytesReceived = received;
    const layers = this.#layersBySlot(entries);
    const readings = this.#config.video.map(({ slot, streamClass }) =>
      this.#readFeed(slot, layers.get(slot) ?? [], facesHeld && streamClass === 'face', nowMs),
    );
    const bps = pair?.availableOutgoingBitrate;
    const rttS = pair?.currentRoundTripTime;
    return {
      estimateKbps: bps === undefined ? null : bps / 1000,
      rttMs: rttS === undefined ? null : rttS * 1000,
      pacerQueueMs: Math.max(0, ...readings.map(({ queueMs }) => queueMs)),
      feedbackAgeMs: nowMs - this.#heardMs,
      video: readings.map(({ stats }) => stats),
      audioPackets: sum(layers.get(this.#config.audio?.slot ?? '') ?? [], (e) => e.packetsSent),
    };
  }

  #layersBySlot(entries: Entry[]): Map<string, Entry[]> {
    const sources = entries.filter(({ type }) => type === 'media-source');
    const trackOf = new Map(sources.map((source) => [source.id, source.trackIdentifier]));
    const layers = new Map<string, Entry[]>();
    for (const entry of entries) {
      if (entry.type !== 'outbound-rtp') continue;
      const slot = this.#slotByTrack.get(trackOf.get(entry.mediaSourceId ?? '') ?? '');
      if (slot !== undefined) layers.set(slot, [...(layers.get(slot) ?? []), entry]);
    }
    return layers;
  }

  #readFeed(
    slot: string,
    layers: Entry[],
    held: boolean,
    nowMs: number,
  ): { stats: VideoFeedStats; queueMs: number } {
    const now: Totals = {
      atMs: nowMs,
      // Of the layers the one with most: the same pictures pass through all of them, encoded in one call.
      encodeS: most(layers, (e) => e.totalEncodeTime),
      frames: most(layers, (e) => e.framesEncoded),
      sendDelayS: sum(layers, (e) => e.totalPacketSendDelay),
      packets: sum(layers, (e) => e.packetsSent),
      bytes: sum(layers, (e) => e.bytesSent),
    };
    const before = this.#before.get(slot) ?? now;
    this.#before.set(slot, now);
    const stats: VideoFeedStats = {
      slot,
      // This libwebrtc does not say what it aims at; what it sends comes closest.
      targetKbps: Math.round(per((now.bytes - before.bytes) * 8, now.atMs - before.atMs)),
      frames: now.frames,
      keyFrames: most(layers, (e) => e.keyFramesEncoded),
      packets: now.packets,
      bytes: now.bytes,
      retransmitted: sum(layers, (e) => e.retransmittedPacketsSent),
      nacked: sum(layers, (e) => e.nackCount),
      keyFrameRequests: sum(layers, (e) => (e.pliCount ?? 0) + (e.firCount ?? 0)),
      restarts: 0,
      encodeMs: per((now.encodeS - before.encodeS) * 1000, now.frames - before.frames),
      held,
    };
    return { stats, queueMs: per((now.sendDelayS - before.sendDelayS) * 1000, now.packets - before.packets) };
  }
}

const most = (entries: Entry[], of: (entry: Entry) => number | undefined): number =>
  Math.max(0, ...entries.map((entry) => of(entry) ?? 0));

const sum = (entries: Entry[], of: (entry: Entry) => number | undefined): number =>
  entries.reduce((total, entry) => total + (of(entry) ?? 0), 0);

const per = (amount: number, count: number): number => (count > 0 ? amount / count : 0);
