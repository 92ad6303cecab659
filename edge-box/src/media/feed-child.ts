import { BoxClock } from '../clock.ts';
import { HeartSound } from '../devices/heart-sound.ts';
import { runFfmpegSource } from '../devices/ffmpeg-source.ts';
import type { VideoSourceConfig } from '../devices/video-source.ts';
import type { FromFeed, ToFeed } from './child-protocol.ts';
import { H264Encoder } from './h264-encoder.ts';
import { OPUS_FRAME_SAMPLES, OPUS_SAMPLE_RATE_HZ, OpusEncoder } from './opus-encoder.ts';
import { generatorFor, runGenerator } from './picture-loop.ts';
import type { Frame } from 'node-av/lib';
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';

/**
 * One feed's process: takes pictures or sound, encodes, hands the units to the box's main process. A crash of a driver or an encoder
 * costs this process and no other.
 */

/** Gone at once, past node-av's finalisers, which can crash on an orderly exit. */
const quit = (): never => process.kill(process.pid, 'SIGKILL') as never;

const send = (message: FromFeed): void => {
  if (process.connected) process.send?.(message);
};

const fail = (error: unknown): void => {
  const reason = error instanceof Error ? error.message : String(error);
  process.send?.({ type: 'failed', reason } satisfies FromFeed, () => quit());
};

interface Controls {
  setBitrateKbps(kbps: number): void;
  requestKeyFrame(): void;
  hold(on: boolean): void;
}

function startVideo(source: VideoSourceConfig, bitrateKbps: number, clock: BoxClock): Controls {
  const encoder = new H264Encoder(source, bitrateKbps);
  let held = false;
  const onPicture = (frame: Frame, captureHubMs: number): void => {
    if (held) return;
    const unit = encoder.encode(frame, captureHubMs);
    if (unit) send({ type: 'unit', unit: { ...unit, captureHubMs, encodedHubMs: clock.hubNowMs() } });
  };
  const generator = generatorFor(source);
  if (generator) runGenerator(generator, clock, onPicture);
  else if (source.kind === 'ffmpeg') runFfmpegSource(source, clock, onPicture).catch(fail);
  return {
    setBitrateKbps: (kbps) => encoder.setBitrateKbps(kbps),
    requestKeyFrame: () => encoder.requestKeyFrame(),
    hold: (on) => {
      held = on;
    },
  };
}

function startAudio(bitrateKbps: number, clock: BoxClock): Controls {
  const encoder = new OpusEncoder(bitrateKbps);
  const sound = new HeartSound(OPUS_SAMPLE_RATE_HZ);
  const samples = new Float32Array(OPUS_FRAME_SAMPLES);
  const frameMs = (OPUS_FRAME_SAMPLES * 1000) / OPUS_SAMPLE_RATE_HZ;
  let captureMs = clock.nowMs();
  const tick = (): void => {
    // A frame exists once its last sample was "heard".
    while (captureMs + frameMs <= clock.nowMs()) {
      const captureHubMs = captureMs + clock.hubOffsetMs;
      sound.render(samples, captureHubMs);
      const data = encoder.encode(samples);
      const unit = { isKeyFrame: true, captureHubMs, encodedHubMs: clock.hubNowMs() };
      if (data) send({ type: 'unit', unit: { data, ...unit } });
      captureMs += frameMs;
    }
    setTimeout(tick, Math.max(1, captureMs + frameMs - clock.nowMs()));
  };
  tick();
  return { setBitrateKbps: () => undefined, requestKeyFrame: () => undefined, hold: () => undefined };
}

let clock: BoxClock | undefined;
let controls: Controls | undefined;

function onMessage(message: ToFeed): void {
  switch (message.type) {
    case 'start': {
      clock = new BoxClock(message.clock);
      const { job } = message;
      controls =
        job.kind === 'video'
          ? startVideo(job.source, job.bitrateKbps, clock)
          : startAudio(job.bitrateKbps, clock);
      break;
    }
    case 'bitrate':
      controls?.setBitrateKbps(message.kbps);
      break;
    case 'keyFrame':
      controls?.requestKeyFrame();
      break;
    case 'hold':
      controls?.hold(message.on);
      break;
    case 'clock':
      clock?.setHubOffsetMs(message.hubOffsetMs);
      break;
  }
}

Log.setLevel(AV_LOG_ERROR);
process.on('message', (message: ToFeed) => {
  try {
    onMessage(message);
  } catch (error) {
    fail(error);
  }
});
process.on('uncaughtException', fail);
process.on('disconnect', quit);
// Ctrl-C reaches the whole group; the main process decides the order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', quit);
