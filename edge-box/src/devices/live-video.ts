import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Decoder, Demuxer } from 'node-av/api';
import { SoftwareScaleContext } from 'node-av/lib';
import type { Frame, Packet } from 'node-av/lib';
import type { BoxClock } from '../clock.ts';
import { allocatePicture } from '../media/picture-loop.ts';
import type { PictureTaker, VideoFormat } from './video-source.ts';

/** How a device or a camera does. Anything but `live` means that no picture comes now, and that it is looked for again. */
export type SourceState = 'live' | 'device-missing' | 'no-signal' | 'lost' | 'refused';

/** What has to be opened now. */
export interface LiveInput {
  url: string;
  format?: string;
  options: Record<string, string>;
  /** True when packets carry the kernel's monotonic time of capture, in µs. */
  hasCaptureTime: boolean;
}

export interface LiveHooks {
  /** Null while the device is not there. */
  locate(): LiveInput | null;
  state(state: SourceState): void;
  /** Each packet before it is decoded (for H.264 that is handed on). */
  packet?(packet: Packet, codecId: number, extradata: Buffer | null, captureHubMs: number): void;
  picture: PictureTaker;
}

export interface LiveLimits {
  /** A camera may take this long to open, find its signal included. */
  openMs: number;
  /** No picture for so long is no signal: a cable pulled out, a probe switched off, a camera that hangs. */
  noSignalMs: number;
  /** A driver that does not even come back from its read is left to the end of this process. */
  stuckMs: number;
}
const LIMITS: LiveLimits = { openMs: 12_000, noSignalMs: 3_000, stuckMs: 2_000 };
const LOOK_AGAIN_MS = 300;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** A capture time further back than this is no capture time. */
const MAX_CAPTURE_AGE_MS = 2_000;
/** A picture that waited longer than this behind others is dropped: the newest one matters. */
const MAX_WAIT_MS = 120;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes pictures from a device or a camera for ever: waits while it is missing, opens it again when it failed.
 * @throws {StuckError} when a driver hangs; only the end of this process frees the device then.
 */
export async function runLiveVideo(
  format: VideoFormat,
  clock: BoxClock,
  hooks: LiveHooks,
  limits: LiveLimits = LIMITS,
): Promise<never> {
  const target = allocatePicture(format);
  let retryMs = FIRST_RETRY_MS;
  for (;;) {
    const input = hooks.locate();
    if (!input) {
      hooks.state('device-missing');
      retryMs = FIRST_RETRY_MS;
      await pause(LOOK_AGAIN_MS);
      continue;
    }
    const onLive = (): void => {
      retryMs = FIRST_RETRY_MS;
    };
    const state = await playUntilItEnds({ input, target, format, clock, hooks, limits, onLive });
    hooks.state(hooks.locate() ? state : 'device-missing');
    await pause(retryMs);
    retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  }
}

interface Play {
  input: LiveInput;
  target: Frame;
  format: VideoFormat;
  clock: BoxClock;
  hooks: LiveHooks;
  limits: LiveLimits;
  onLive(): void;
}

async function playUntilItEnds(play: Play): Promise<SourceState> {
  const { input, hooks, limits } = play;
  const { url, format, options } = input;
  const opening = new Watchdog(limits.openMs, 0, () => undefined);
  let demuxer: Demuxer;
  try {
    const opened = Demuxer.open(url, { ...(format === undefined ? {} : { format }), options });
    demuxer = await Promise.race([opened, opening.stuck]);
  } catch (error) {
    if (error instanceof StuckError) hooks.state('no-signal');
    if (error instanceof StuckError) throw error;
    return /40[13]|denied|not permitted/i.test(String(error)) ? 'refused' : 'lost';
  } finally {
    opening.stop();
  }
  const watchdog = new Watchdog(limits.noSignalMs, limits.stuckMs, () => demuxer.interrupt());
  try {
    // The one way out of a read that never returns is the end of the process, which its parent starts again.
    await Promise.race([playPackets(demuxer, play, watchdog), watchdog.stuck]);
  } catch (error) {
    if (error instanceof StuckError) hooks.state('no-signal');
    if (error instanceof StuckError) throw error;
  } finally {
    watchdog.stop();
    if (!watchdog.isStuck) await demuxer.close();
  }
  return watchdog.barked ? 'no-signal' : 'lost';
}

async function playPackets(demuxer: Demuxer, play: Play, watchdog: Watchdog): Promise<void> {
  const { input, target, format, clock, hooks } = play;
  const stream = demuxer.video();
  if (!stream) throw new Error('the input has no video');
  // One thread, because each further one holds a picture back.
  const options = { threads: '1', flags: 'low_delay' };
  using decoder = await Decoder.create(stream, { exitOnError: false, options });
  const { codecId, extradata } = stream.codecpar;
  let captureMs = 0;
  async function* tapped(): AsyncGenerator<Packet> {
    for await (const packet of demuxer.packets(stream?.index)) {
      if (!packet) return;
      watchdog.alive();
      captureMs = input.hasCaptureTime ? captureTime(packet, clock) : clock.nowMs();
      hooks.packet?.(packet, codecId, extradata, captureMs + clock.hubOffsetMs);
      yield packet;
    }
  }
  const scaler = new SoftwareScaleContext();
  const leastMs = (1000 / format.framesPerSecond) * 0.6;
  let scaledFrom = '';
  let lastMs = -Infinity;
  let isLive = false;
  for await (const frame of decoder.frames(tapped())) {
    if (!frame) break;
    if (!isLive) {
      hooks.state('live');
      play.onLive();
    }
    isLive = true;
    // A device that is faster than asked is thinned out; one that piled up pictures is brought up to date.
    const isSurplus =
      captureMs - lastMs < leastMs || clock.nowMs() - captureMs > MAX_WAIT_MS + 1000 / format.framesPerSecond;
    if (!isSurplus) {
      lastMs = captureMs;
      const shape = `${frame.width}x${frame.height}:${frame.format}`;
      if (shape !== scaledFrom) {
        const { width, height } = format;
        scaler.getContext(
          frame.width,
          frame.height,
          frame.format as never,
          width,
          height,
          AV_PIX_FMT_YUV420P,
        );
        scaledFrom = shape;
      }
      scaler.scaleFrameSync(target, frame);
      hooks.picture(target, captureMs + clock.hubOffsetMs, frame);
    }
    frame.free();
  }
}

function captureTime(packet: Packet, clock: BoxClock): number {
  const nowMs = clock.nowMs();
  const atMs = clock.settings.epochOffsetMs + Number(packet.pts) / 1000;
  return atMs <= nowMs && nowMs - atMs < MAX_CAPTURE_AGE_MS ? atMs : nowMs;
}

export class StuckError extends Error {
  constructor() {
    super('no-signal: the device does not answer');
  }
}

class Watchdog {
  readonly stuck: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  barked = false;
  isStuck = false;

  constructor(silentLimitMs: number, stuckLimitMs: number, bark: () => void) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.stuck = promise;
    this.#timer = setInterval(() => {
      const silentMs = performance.now() - this.#lastMs;
      if (silentMs > silentLimitMs && !this.barked) {
        this.barked = true;
        bark();
      }
      if (silentMs > silentLimitMs + stuckLimitMs) {
        this.isStuck = true;
        reject(new StuckError());
      }
    }, 250);
  }

  alive(): void {
    this.#lastMs = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
