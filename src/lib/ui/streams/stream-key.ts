/** A key just made: its token is not to be seen again. */
export interface MadeKey {
  name: string;
  token: string;
  access: 'publish' | 'view';
}

/** Commands that work as they stand, for the programs that people have. */
export function commandsFor(endpoint: string, token: string): { program: string; command: string }[] {
  return [
    {
      program: 'FFmpeg 8',
      command: `ffmpeg -f v4l2 -framerate 30 -video_size 1280x720 -i /dev/video0 -f alsa -i default -c:v libx264 -preset veryfast -tune zerolatency -profile:v baseline -pix_fmt yuv420p -b:v 2500k -g 60 -c:a libopus -ar 48000 -ac 2 -f whip -authorization "${token}" "${endpoint}"`,
    },
    {
      program: 'GStreamer',
      command: `gst-launch-1.0 v4l2src ! videoconvert ! queue ! whipclientsink signaller::whip-endpoint="${endpoint}" signaller::auth-token="${token}"`,
    },
  ];
}
