/** What is true of one received feed at this moment. */
export interface FeedQuality {
  /** `live` up to 150 ms old, `delayed` up to 300, `late` above; `stale`: no frame for half a second. */
  state: 'waiting' | 'live' | 'delayed' | 'late' | 'stale' | 'paused';
  /** Capture to display, in hub time; null while the publisher sends no capture times. */
  ageMs: number | null;
  sinceFrameMs: number | null;
  widthPx: number;
  heightPx: number;
  framesPerSecond: number;
  bitrateKbps: number;
  /** Packets lost of those expected over the last second, 0 to 1. */
  lossFraction: number;
  jitterMs: number;
  /** e.g. `VP8`, empty while unknown. */
  codec: string;
  spatialLayer: number | null;
  temporalLayer: number | null;
  /** mediasoup's 0 to 10 for the way from the hub; null while unknown. */
  score: number | null;
}

export const WAITING_QUALITY: FeedQuality = {
  state: 'waiting',
  ageMs: null,
  sinceFrameMs: null,
  widthPx: 0,
  heightPx: 0,
  framesPerSecond: 0,
  bitrateKbps: 0,
  lossFraction: 0,
  jitterMs: 0,
  codec: '',
  spatialLayer: null,
  temporalLayer: null,
  score: null,
};

/** The latency guard (ours; see the numbers that the design names). */
export const LIVE_UP_TO_MS = 150;
export const DELAYED_UP_TO_MS = 300;
export const STALE_AFTER_MS = 500;
/** A shared screen sends nothing while nothing moves on it, and silence under DTX sends a packet now and then. */
export const STALE_AFTER_STILL_MS = 3_000;

export function stateOf({
  paused,
  ageMs,
  sinceFrameMs,
  staleAfterMs,
}: {
  paused: boolean;
  ageMs: number | null;
  sinceFrameMs: number | null;
  staleAfterMs: number;
}): FeedQuality['state'] {
  if (paused) return 'paused';
  if (sinceFrameMs === null) return 'waiting';
  if (sinceFrameMs > staleAfterMs) return 'stale';
  if (ageMs === null || ageMs <= LIVE_UP_TO_MS) return 'live';
  return ageMs <= DELAYED_UP_TO_MS ? 'delayed' : 'late';
}

/** Turns the browser's running totals into figures of the last interval. */
export class ReceiverFigures {
  #last: { atMs: number; bytes: number; received: number; lost: number; frames: number } | null = null;
  /** Milliseconds since 1970; null before the first packet. */
  lastPacketAtMs: number | null = null;

  update(report: RTCStatsReport): Partial<FeedQuality> {
    const stats = [...report.values()] as Record<string, unknown>[];
    const inbound = stats.find((one) => one.type === 'inbound-rtp');
    if (!inbound) return {};
    const number = (key: string) => (typeof inbound[key] === 'number' ? inbound[key] : 0);
    this.lastPacketAtMs = number('lastPacketReceivedTimestamp') || null;
    const codec = stats.find((one) => one.type === 'codec' && one.id === inbound.codecId);
    const now = {
      atMs: number('timestamp'),
      bytes: number('bytesReceived'),
      received: number('packetsReceived'),
      lost: number('packetsLost'),
      frames: number('framesDecoded'),
    };
    const last = this.#last;
    this.#last = now;
    const figures: Partial<FeedQuality> = {
      widthPx: number('frameWidth'),
      heightPx: number('frameHeight'),
      jitterMs: Math.round(number('jitter') * 1000),
      codec: typeof codec?.mimeType === 'string' ? (codec.mimeType.split('/')[1] ?? '') : '',
    };
    const seconds = last ? (now.atMs - last.atMs) / 1000 : 0;
    if (!last || seconds <= 0) return figures;
    const lost = Math.max(0, now.lost - last.lost);
    const expected = lost + now.received - last.received;
    return {
      ...figures,
      framesPerSecond: Math.round((now.frames - last.frames) / seconds),
      bitrateKbps: Math.round(((now.bytes - last.bytes) * 8) / 1000 / seconds),
      lossFraction: expected > 0 ? lost / expected : 0,
    };
  }
}
