import type { EngineConfig, VideoFeedStats } from '../engine.ts';
import type { EngineReport } from './engine-protocol.ts';

/** The members of libwebrtc's statistics (M106) that are read here; all of them may be missing. */
interface Entry {
  id: string;
  type: string;
  kind?: string;
  trackIdentifier?: string;
  mediaSourceId?: string;
  nominated?: boolean;
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
  targetBitrate?: number;
}

interface Totals {
  encodeS: number;
  frames: number;
  sendDelayS: number;
  packets: number;
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

  read(report: Iterable<unknown>, nowMs: number): EngineReport['stats'] {
    const entries = [...report] as Entry[];
    const pair = entries.find(({ type, nominated }) => type === 'candidate-pair' && nominated);
    const received = entries.find(({ type }) => type === 'transport')?.bytesReceived ?? 0;
    if (received !== this.#bytesReceived) this.#heardMs = nowMs;
    this.#bytesReceived = received;
    const trackOf = new Map(
      entries
        .filter(({ type }) => type === 'media-source')
        .map((source) => [source.id, source.trackIdentifier]),
    );
    const bySlot = new Map<string, Entry[]>();
    for (const entry of entries) {
      if (entry.type !== 'outbound-rtp') continue;
      const slot = this.#slotByTrack.get(trackOf.get(entry.mediaSourceId ?? '') ?? '');
      if (slot !== undefined) bySlot.set(slot, [...(bySlot.get(slot) ?? []), entry]);
    }
    const sum = (slot: string, of: (entry: Entry) => number | undefined): number =>
      (bySlot.get(slot) ?? []).reduce((total, entry) => total + (of(entry) ?? 0), 0);
    let pacerQueueMs = 0;
    const video = this.#config.video.map(({ slot }): VideoFeedStats => {
      const now = {
        encodeS: sum(slot, (e) => e.totalEncodeTime),
        frames: sum(slot, (e) => e.framesEncoded),
        sendDelayS: sum(slot, (e) => e.totalPacketSendDelay),
        packets: sum(slot, (e) => e.packetsSent),
      };
      const before = this.#before.get(slot) ?? { encodeS: 0, frames: 0, sendDelayS: 0, packets: 0 };
      this.#before.set(slot, now);
      const sent = now.packets - before.packets;
      if (sent > 0)
        pacerQueueMs = Math.max(pacerQueueMs, ((now.sendDelayS - before.sendDelayS) / sent) * 1000);
      const encoded = now.frames - before.frames;
      return {
        slot,
        targetKbps: sum(slot, (e) => e.targetBitrate) / 1000,
        // Of the layers the one with most: the same pictures pass through all of them.
        frames: Math.max(0, ...(bySlot.get(slot) ?? []).map((e) => e.framesEncoded ?? 0)),
        keyFrames: Math.max(0, ...(bySlot.get(slot) ?? []).map((e) => e.keyFramesEncoded ?? 0)),
        packets: now.packets,
        bytes: sum(slot, (e) => e.bytesSent),
        retransmitted: sum(slot, (e) => e.retransmittedPacketsSent),
        nacked: sum(slot, (e) => e.nackCount),
        keyFrameRequests: sum(slot, (e) => (e.pliCount ?? 0) + (e.firCount ?? 0)),
        restarts: 0,
        encodeMs: encoded > 0 ? ((now.encodeS - before.encodeS) / encoded) * 1000 : 0,
        held: false,
      };
    });
    const bps = pair?.availableOutgoingBitrate;
    const rttS = pair?.currentRoundTripTime;
    return {
      estimateKbps: bps === undefined ? null : bps / 1000,
      rttMs: rttS === undefined ? null : rttS * 1000,
      pacerQueueMs,
      feedbackAgeMs: nowMs - this.#heardMs,
      video,
      audioPackets: sum(this.#config.audio?.slot ?? '', (e) => e.packetsSent),
    };
  }
}
