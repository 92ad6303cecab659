import type { Frame } from 'node-av/lib';
import type { BoxClock } from '../../clock.ts';
import { runFfmpegSource } from '../../devices/ffmpeg-source.ts';
import { HeartSound } from '../../devices/heart-sound.ts';
import type { VideoSourceConfig } from '../../devices/video-source.ts';
import { generatorFor, planesOf, runGenerator } from '../../media/picture-loop.ts';
import type { AudioSource, VideoSource } from './wrtc.ts';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;
const SAMPLE_RATE_HZ = 48_000;
/** libwebrtc takes sound in pieces of 10 ms. */
const PIECE_MS = 10;
const PIECE_SAMPLES = (SAMPLE_RATE_HZ * PIECE_MS) / 1000;

export interface PictureEvents {
  /** True while the pictures are to be thrown away. */
  held(): boolean;
  /** The source failed; it is started again. */
  down(reason: string): void;
}

/** Runs a picture source for as long as this process lives. */
export function runPictures(
  source: VideoSourceConfig,
  target: VideoSource,
  clock: BoxClock,
  events: PictureEvents,
): void {
  const { width, height } = source;
  const data = new Uint8Array(width * height * 1.5);
  const onPicture = (frame: Frame): void => {
    if (events.held()) return;
    copyPlanes(frame, data, width, height);
    target.onFrame({ width, height, data });
  };
  const generator = generatorFor(source);
  if (generator) runGenerator(generator, clock, onPicture);
  else if (source.kind === 'ffmpeg') void playForEver(source, clock, onPicture, events);
}

async function playForEver(
  source: Extract<VideoSourceConfig, { kind: 'ffmpeg' }>,
  clock: BoxClock,
  onPicture: (frame: Frame) => void,
  { down }: PictureEvents,
): Promise<never> {
  let retryMs = FIRST_RETRY_MS;
  const play = (frame: Frame): void => {
    retryMs = FIRST_RETRY_MS;
    onPicture(frame);
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

/** Plays the heart sound for as long as this process lives. */
export function runHeartSound(target: AudioSource, clock: BoxClock): void {
  const sound = new HeartSound(SAMPLE_RATE_HZ);
  const floats = new Float32Array(PIECE_SAMPLES);
  const samples = new Int16Array(PIECE_SAMPLES);
  let captureMs = clock.nowMs();
  const tick = (): void => {
    // A piece exists once its last sample was "heard".
    while (captureMs + PIECE_MS <= clock.nowMs()) {
      sound.render(floats, captureMs + clock.hubOffsetMs);
      for (let i = 0; i < PIECE_SAMPLES; i++) samples[i] = (floats[i] ?? 0) * 32_767;
      target.onData({ samples, sampleRate: SAMPLE_RATE_HZ });
      captureMs += PIECE_MS;
    }
    setTimeout(tick, Math.max(1, captureMs + PIECE_MS - clock.nowMs()));
  };
  tick();
}
