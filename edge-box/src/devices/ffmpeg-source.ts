import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Decoder, Demuxer } from 'node-av/api';
import { SoftwareScaleContext } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import type { BoxClock } from '../clock.ts';
import { allocatePicture, planesOf } from '../media/picture-loop.ts';
import { drawClockCode } from './clock-code.ts';
import type { PictureTaker, VideoSourceConfig } from './video-source.ts';

type FfmpegConfig = Extract<VideoSourceConfig, { kind: 'ffmpeg' }>;

/** Longer than this behind its own timestamps, a source's pace is taken anew. */
const MAX_BEHIND_MS = 200;

/**
 * Pictures from anything FFmpeg opens, scaled to the feed's size. A file is played at its own speed and again from the start at its end; a
 * live device is never made to wait.
 */
export async function runFfmpegSource(
  config: FfmpegConfig,
  clock: BoxClock,
  onPicture: PictureTaker,
): Promise<never> {
  const target = allocatePicture(config);
  for (;;) await playOnce(config, target, clock, onPicture);
}

async function playOnce(
  config: FfmpegConfig,
  target: Frame,
  clock: BoxClock,
  onPicture: PictureTaker,
): Promise<void> {
  await using input = await Demuxer.open(config.url, {
    ...(config.inputFormat === undefined ? {} : { format: config.inputFormat }),
    ...(config.inputOptions === undefined ? {} : { options: config.inputOptions }),
  });
  const stream = input.video();
  if (!stream) throw new Error('the input has no video');
  using decoder = await Decoder.create(stream);
  const scaler = new SoftwareScaleContext();
  let scaledFrom = '';
  let startMs: number | undefined;
  let pictures = 0;
  for await (const frame of decoder.frames(input.packets(stream.index))) {
    if (!frame) break;
    const shape = `${frame.width}x${frame.height}:${frame.format}`;
    if (shape !== scaledFrom) {
      const { width, height } = config;
      scaler.getContext(frame.width, frame.height, frame.format as never, width, height, AV_PIX_FMT_YUV420P);
      scaledFrom = shape;
    }
    startMs ??= clock.nowMs();
    const dueMs = startMs + (pictures++ * 1000) / config.framesPerSecond;
    const waitMs = dueMs - clock.nowMs();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    else if (waitMs < -MAX_BEHIND_MS) {
      startMs = clock.nowMs();
      pictures = 1;
    }
    const captureHubMs = clock.hubNowMs();
    scaler.scaleFrameSync(target, frame);
    if (config.burnClock) {
      const planes = planesOf(target);
      drawClockCode(planes.y, config.width, captureHubMs, planes.yStride);
    }
    // The clock is burnt into the scaled one.
    onPicture(target, captureHubMs, config.burnClock ? target : frame);
    frame.free();
  }
  if (pictures === 0) throw new Error('the input has no pictures');
}
