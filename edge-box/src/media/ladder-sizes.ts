import type { VideoFormat, VideoSourceConfig } from '../devices/video-source.ts';

/** Pictures with fewer pixels are not worth another size: where libwebrtc, and with it every browser, draws the line. */
const LEAST_PIXELS = { two: 480 * 270, three: 960 * 540 } as const;

/** How many sizes of the picture are sent at once. What a camera encodes itself is handed on in its one size. */
export function sizesOf(source: VideoSourceConfig, wanted: 1 | 2 | 3 = 1): 1 | 2 | 3 {
  if (source.kind === 'rtsp' && source.passThrough !== false) return 1;
  const pixels = source.width * source.height;
  if (wanted === 3 && pixels >= LEAST_PIXELS.three) return 3;
  return wanted > 1 && pixels >= LEAST_PIXELS.two ? 2 : 1;
}

/** Half the columns and lines; even, as 4:2:0 needs. */
export function halfOf({ width, height, framesPerSecond }: VideoFormat): VideoFormat {
  const half = (length: number): number => Math.round(length / 4) * 2;
  return { width: half(width), height: half(height), framesPerSecond };
}
