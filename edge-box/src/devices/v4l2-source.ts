import type { LiveInput } from './live-video.ts';
import type { VideoSourceConfig } from './profile.ts';
import type { DeviceRegistry } from './registry.ts';

type V4l2Config = Extract<VideoSourceConfig, { kind: 'v4l2' }>;

/** How FFmpeg opens a camera or a grabber; null while it is not plugged in. */
export function v4l2Input(config: V4l2Config, registry: DeviceRegistry): LiveInput | null {
  const device = registry.find(config.deviceId, 'camera');
  if (!device) return null;
  const { width, height, framesPerSecond, pixelFormat } = config;
  return {
    url: device.address,
    format: 'v4l2',
    options: {
      video_size: `${width}x${height}`,
      framerate: String(framesPerSecond),
      ...(pixelFormat === undefined ? {} : { input_format: pixelFormat }),
    },
    // The kernel stamps buffers with its monotonic clock, and FFmpeg hands that on.
    hasCaptureTime: true,
  };
}
