import { AV_LOG_QUIET } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { Log } from 'node-av/lib';
import type { BoxClock } from '../../clock.ts';
import { runFfmpegSource } from '../../devices/ffmpeg-source.ts';
import { HeartSound } from '../../devices/heart-sound.ts';
import { runLiveVideo } from '../../devices/live-video.ts';
import type { LiveInput, SourceState } from '../../devices/live-video.ts';
import { PictureMeter } from '../../devices/picture-meter.ts';
import type { AudioSource as SoundConfig } from '../../devices/profile.ts';
import { DeviceRegistry } from '../../devices/registry.ts';
import { rtspInput } from '../../devices/rtsp-source.ts';
import { runSoundInput } from '../../devices/sound-input.ts';
import { SoundMeter } from '../../devices/sound-meter.ts';
import { v4l2Input } from '../../devices/v4l2-source.ts';
import type { PictureTaker, VideoSourceConfig } from '../../devices/video-source.ts';
import type { FeedHealth } from '../../media/child-protocol.ts';
import { generatorFor, planesOf, runGenerator } from '../../media/picture-loop.ts';
import type { StillPictures } from '../../media/still-picture.ts';
import type { AudioSource, VideoSource } from './wrtc.ts';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;
const SAMPLE_RATE_HZ = 48_000;
/** libwebrtc takes sound in pieces of 10 ms. */
const PIECE_MS = 10;
const PIECE_SAMPLES = (SAMPLE_RATE_HZ * PIECE_MS) / 1000;

export interface TrackEvents {
  /** True while pictures are to be thrown away, and sound is to be silence. */
  held(): boolean;
  /** The source failed; it is tried again. */
  down(reason: string): void;
  /** How the device does. */
  state(state: SourceState): void;
  /** What the last second looked or sounded like. */
  health(health: FeedHealth): void;
  /** A driver hangs, and only the end of this process frees it. */
  stuck(error: unknown): void;
}

/** Runs a picture source for as long as this process lives. */
export function runPictures(
  source: VideoSourceConfig,
  target: VideoSource,
  clock: BoxClock,
  events: TrackEvents,
  stills: StillPictures,
): void {
  const { width, height } = source;
  const data = new Uint8Array(width * height * 1.5);
  const meter = new PictureMeter((health) => events.health({ kind: 'video', ...health }));
  const picture: PictureTaker = (frame, captureHubMs, original = frame) => {
    stills.hold(original, captureHubMs - clock.hubOffsetMs);
    meter.push(() => planesOf(frame), width, height, captureHubMs);
    if (events.held()) return;
    copyPlanes(frame, data, width, height);
    target.onFrame({ width, height, data });
  };
  const live = (locate: () => LiveInput | null): void => {
    runLiveVideo(source, clock, { locate, state: events.state, picture }).catch(events.stuck);
  };
  const generator = generatorFor(source);
  if (generator) runGenerator(generator, clock, picture);
  else if (source.kind === 'v4l2') {
    const registry = new DeviceRegistry();
    live(() => v4l2Input(source, registry));
  } else if (source.kind === 'rtsp') {
    // FFmpeg names the address, credentials and all, when it complains.
    Log.setLevel(AV_LOG_QUIET);
    live(() => rtspInput(source));
  } else if (source.kind === 'file') {
    void playForEver({ ...source, kind: 'ffmpeg', url: source.path }, clock, picture, events);
  } else if (source.kind === 'ffmpeg') void playForEver(source, clock, picture, events);
}

async function playForEver(
  source: Extract<VideoSourceConfig, { kind: 'ffmpeg' }>,
  clock: BoxClock,
  onPicture: PictureTaker,
  { down }: TrackEvents,
): Promise<never> {
  let retryMs = FIRST_RETRY_MS;
  const play: PictureTaker = (...picture) => {
    retryMs = FIRST_RETRY_MS;
    onPicture(...picture);
  };
  for (;;) {
    try {
      await runFfmpegSource(source, clock, play);
    } catch (error) {
      down(error instanceof Error ? error.message : String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  }
}

/** FFmpeg pads its rows, libwebrtc wants none of that. */
function copyPlanes(frame: Frame, target: Uint8Array, width: number, height: number): void {
  const { y, u, v, yStride, uvStride } = planesOf(frame);
  let at = 0;
  const copy = (plane: Uint8Array, stride: number, rowBytes: number, rows: number): void => {
    for (let row = 0; row < rows; row++) {
      target.set(plane.subarray(row * stride, row * stride + rowBytes), at);
      at += rowBytes;
    }
  };
  copy(y, yStride, width, height);
  copy(u, uvStride, width / 2, height / 2);
  copy(v, uvStride, width / 2, height / 2);
}

/** Runs a source of sound for as long as this process lives. */
export function runSound(
  source: SoundConfig | undefined,
  target: AudioSource,
  clock: BoxClock,
  events: TrackEvents,
): void {
  const samples = new Int16Array(PIECE_SAMPLES);
  const meter = new SoundMeter(SAMPLE_RATE_HZ, (health) => events.health({ kind: 'audio', ...health }));
  const frame = (floats: Float32Array): void => {
    meter.push(floats);
    const isHeld = events.held();
    for (let i = 0; i < PIECE_SAMPLES; i++) samples[i] = isHeld ? 0 : (floats[i] ?? 0) * 32_767;
    target.onData({ samples, sampleRate: SAMPLE_RATE_HZ });
  };
  if (source === undefined || source.kind === 'heart-sound') playHeartSound(clock, frame);
  else {
    const hooks = { state: events.state, frame };
    runSoundInput(source, PIECE_SAMPLES, clock, new DeviceRegistry(), hooks).catch(events.stuck);
  }
}

function playHeartSound(clock: BoxClock, onFrame: (samples: Float32Array) => void): void {
  const sound = new HeartSound(SAMPLE_RATE_HZ);
  const samples = new Float32Array(PIECE_SAMPLES);
  let captureMs = clock.nowMs();
  const tick = (): void => {
    // A piece exists once its last sample was "heard".
    while (captureMs + PIECE_MS <= clock.nowMs()) {
      sound.render(samples, captureMs + clock.hubOffsetMs);
      onFrame(samples);
      captureMs += PIECE_MS;
    }
    setTimeout(tick, Math.max(1, captureMs + PIECE_MS - clock.nowMs()));
  };
  tick();
}
