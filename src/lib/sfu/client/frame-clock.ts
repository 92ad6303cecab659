/** Seconds from 1900 (NTP, which abs-capture-time counts in) to 1970. */
const NTP_TO_UNIX_MS = 2_208_988_800_000;
const CLOCK_RATE_PER_MS = { video: 90, audio: 48 };
/** Two clocks that run apart by 100 ppm, more than crystals do, are 0.1 ms apart by then. */
const PAIR_SERVES_MS = 1000;

/** What browsers give with abs-capture-time; not in TypeScript's DOM library yet. */
interface TimedSource {
  timestamp: number;
  rtpTimestamp: number;
  captureTimestamp?: number;
}

interface FrameMetadata {
  rtpTimestamp?: number;
  expectedDisplayTime: number;
}

/**
 * Knows when the picture that is on screen was captured. Where an element shows the feed, every displayed frame is
 * matched by its RTP timestamp against the receiver's pair of capture time and RTP timestamp; where none does, the
 * moment at which the frame left the decoder stands for the display.
 */
export class FrameClock {
  readonly #receiver: RTCRtpReceiver;
  readonly #publisherOffsetMs: () => number | null;
  readonly #hubNowMs: () => number;
  readonly #clockRatePerMs: number;
  readonly #elements = new Map<HTMLVideoElement, number>();
  #pair: { captureMs: number; rtpTimestamp: number } | null = null;
  #shown: { captureMs: number | null; atMs: number } | null = null;
  #forgottenRtpTimestamp: number | null = null;
  #delivered: { captureMs: number | null; atMs: number; rtpTimestamp: number } | null = null;

  constructor(options: {
    receiver: RTCRtpReceiver;
    /** Hub time minus the publisher's own time; null when that is not known. */
    publisherOffsetMs: () => number | null;
    hubNowMs: () => number;
  }) {
    this.#receiver = options.receiver;
    this.#clockRatePerMs = CLOCK_RATE_PER_MS[options.receiver.track.kind as 'audio' | 'video'];
    this.#publisherOffsetMs = options.publisherOffsetMs;
    this.#hubNowMs = options.hubNowMs;
  }

  /** Times the frames that this element displays, until the returned function is called. */
  attach(element: HTMLVideoElement): () => void {
    const next = () => {
      // A closed window's element never calls back; nothing is waiting then.
      this.#elements.set(
        element,
        element.requestVideoFrameCallback((_now, metadata) => {
          this.#displayed(metadata as unknown as FrameMetadata);
          if (this.#elements.has(element)) next();
        }),
      );
    };
    if ('requestVideoFrameCallback' in element) next();
    return () => {
      const handle = this.#elements.get(element);
      this.#elements.delete(element);
      if (handle !== undefined) element.cancelVideoFrameCallback(handle);
    };
  }

  /** Asks the receiver what came in; to be called often enough that a standing picture is noticed in time. */
  poll(): void {
    const source = this.#receiver.getSynchronizationSources()[0] as TimedSource | undefined;
    if (!source) return;
    if (source.captureTimestamp !== undefined) {
      this.#pair = {
        captureMs: source.captureTimestamp - NTP_TO_UNIX_MS,
        rtpTimestamp: source.rtpTimestamp,
      };
    }
    if (source.rtpTimestamp === (this.#delivered?.rtpTimestamp ?? this.#forgottenRtpTimestamp)) return;
    this.#delivered = {
      captureMs: this.#captureMs(source.rtpTimestamp),
      atMs: source.timestamp - performance.timeOrigin,
      rtpTimestamp: source.rtpTimestamp,
    };
  }

  /** What came before a pause says nothing about what comes after it. */
  forget(): void {
    this.#forgottenRtpTimestamp = this.#delivered?.rtpTimestamp ?? this.#forgottenRtpTimestamp;
    this.#shown = null;
    this.#delivered = null;
  }

  #displayed({ rtpTimestamp, expectedDisplayTime }: FrameMetadata): void {
    // Asking stops the page until another thread answers: not for every picture, only where the last answer is of no use.
    if (rtpTimestamp === undefined || this.#pairAgeMs(rtpTimestamp) > PAIR_SERVES_MS) this.poll();
    const captureMs = rtpTimestamp === undefined ? null : this.#captureMs(rtpTimestamp);
    this.#shown = { captureMs, atMs: expectedDisplayTime };
  }

  #captureMs(rtpTimestamp: number): number | null {
    return this.#pair && this.#pair.captureMs + this.#sincePairMs(this.#pair, rtpTimestamp);
  }

  /** How far a frame is from the pair that is known; after a restart of the publisher's count it is far away. */
  #pairAgeMs(rtpTimestamp: number): number {
    return this.#pair ? Math.abs(this.#sincePairMs(this.#pair, rtpTimestamp)) : Infinity;
  }

  #sincePairMs(pair: { rtpTimestamp: number }, rtpTimestamp: number): number {
    // RTP timestamps wrap around: the signed 32-bit difference is the short way round.
    return ((rtpTimestamp - pair.rtpTimestamp) | 0) / this.#clockRatePerMs;
  }

  /** Something arrived, by the receiver's statistics: browsers tell no more of sound that nothing plays. */
  arrived(atMs: number): void {
    if (this.#delivered && this.#delivered.atMs >= atMs) return;
    this.#delivered = { captureMs: this.#delivered?.captureMs ?? null, atMs, rtpTimestamp: NaN };
  }

  /** Milliseconds since the last frame; null before the first one. */
  get sinceFrameMs(): number | null {
    const last = this.#lastFrame();
    return last ? Math.max(0, performance.now() - last.atMs) : null;
  }

  /** How old the last frame was when it came on screen, and, once `standing`, how old it is by now. */
  ageMs(standing: boolean): number | null {
    const last = this.#lastFrame();
    const publisherOffsetMs = this.#publisherOffsetMs();
    if (!last || last.captureMs === null || publisherOffsetMs === null) return null;
    const hubAheadMs = this.#hubNowMs() - performance.now();
    const atHubMs = (standing ? performance.now() : last.atMs) + hubAheadMs;
    return atHubMs - (last.captureMs + publisherOffsetMs);
  }

  #lastFrame(): { captureMs: number | null; atMs: number } | null {
    // Nothing is displayed in a tab in the background, though frames arrive: then the delivery counts.
    const delivered = this.#delivered;
    if (!this.#shown) return delivered;
    return delivered && delivered.atMs - this.#shown.atMs > 200 ? delivered : this.#shown;
  }

  close(): void {
    for (const [element, handle] of this.#elements) element.cancelVideoFrameCallback(handle);
    this.#elements.clear();
  }
}
