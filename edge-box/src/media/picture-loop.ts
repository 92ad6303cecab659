import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { FFmpegError, Frame } from 'node-av/lib';
import type { BoxClock } from '../clock.ts';
import { RoomCamera } from '../devices/room-camera.ts';
import { SectorScan } from '../devices/sector-scan.ts';
import type { PictureGenerator, Planes, VideoFormat, VideoSourceConfig } from '../devices/video-source.ts';

export function allocatePicture(format: VideoFormat): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.width = format.width;
  frame.height = format.height;
  frame.format = AV_PIX_FMT_YUV420P;
  FFmpegError.throwIfError(frame.getBuffer(), 'picture buffer');
  return frame;
}

export function planesOf(frame: Frame): Planes {
  const [y, u, v] = frame.data ?? [];
  const [yStride = 0, uvStride = 0] = frame.linesize;
  if (!y || !u || !v) throw new Error('the picture has no planes');
  return { y, u, v, yStride, uvStride };
}

export function generatorFor(source: VideoSourceConfig): PictureGenerator | null {
  const { width, height, framesPerSecond } = source;
  const format = { width, height, framesPerSecond };
  if (source.kind === 'sector-scan') return new SectorScan(format);
  if (source.kind === 'room-camera') return new RoomCamera(format);
  return null;
}

/** Draws pictures at the generator's rate, on time on average: a late tick is followed by an early one. */
export function runGenerator(
  generator: PictureGenerator,
  clock: BoxClock,
  onPicture: (frame: Frame, captureHubMs: number) => void,
): void {
  const periodMs = 1000 / generator.format.framesPerSecond;
  const frame = allocatePicture(generator.format);
  const planes = planesOf(frame);
  let dueMs = clock.nowMs();
  const tick = (): void => {
    const captureHubMs = clock.hubNowMs();
    generator.draw(planes, captureHubMs);
    onPicture(frame, captureHubMs);
    // After a long stall go on from now instead of running after the lost time.
    dueMs = Math.max(dueMs + periodMs, clock.nowMs() - periodMs);
    setTimeout(tick, Math.max(0, dueMs - clock.nowMs()));
  };
  tick();
}
