import { underBox } from '../child-of-box.ts';
import { BoxClock } from '../clock.ts';
import { HeartSound } from '../devices/heart-sound.ts';
import { runFfmpegSource } from '../devices/ffmpeg-source.ts';
import { runLiveVideo } from '../devices/live-video.ts';
import type { LiveInput, SourceState } from '../devices/live-video.ts';
import { PictureMeter } from '../devices/picture-meter.ts';
import type { AudioSource } from '../devices/profile.ts';
import { DeviceRegistry } from '../devices/registry.ts';
import { PassThrough, rtspInput } from '../devices/rtsp-source.ts';
import { runSoundInput } from '../devices/sound-input.ts';
import { SoundMeter } from '../devices/sound-meter.ts';
import { v4l2Input } from '../devices/v4l2-source.ts';
import type { PictureTaker, VideoSourceConfig } from '../devices/video-source.ts';
import { reasonOf } from '../log.ts';
import type { FeedJob, FromFeed, ToFeed } from './child-protocol.ts';
import { OPUS_FRAME_SAMPLES, OPUS_SAMPLE_RATE_HZ, OpusEncoder } from './opus-encoder.ts';
import { Film } from './film.ts';
import { PictureLadder } from './picture-ladder.ts';
import type { LadderUnit } from './picture-ladder.ts';
import { generatorFor, planesOf, runGenerator } from './picture-loop.ts';
import { answerStill, StillPictures } from './still-picture.ts';
import type { Frame, Packet } from 'node-av/lib';
import { AV_LOG_ERROR, AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';

/**
 * One feed's process: takes pictures or sound, encodes, hands the units to the box's main process. A crash of a driver or an encoder
 * costs this process and no other.
 */

const { send, fail } = underBox<ToFeed, FromFeed>(onMessage, (reason) => ({ type: 'failed', reason }));

interface Controls {
  setBitrateKbps(kbps: number, lowerKbps?: readonly number[]): void;
  requestKeyFrame(layer?: number): void;
  hold(on: boolean): void;
  /** Both of pictures only. */
  stills?: StillPictures;
  film?: Film;
}

const tellState = (state: SourceState): void => send({ type: 'source', state });

type VideoJob = Extract<FeedJob, { kind: 'video' }>;

function startVideo({ source, bitrateKbps, lowerKbps }: VideoJob, clock: BoxClock): Controls {
  const ladder = new PictureLadder(source, bitrateKbps, lowerKbps);
  const meter = new PictureMeter((health) => send({ type: 'health', health: { kind: 'video', ...health } }));
  const stills = new StillPictures();
  const film = new Film(
    source,
    (segment) => send({ type: 'filmed', segment }),
    (error) => console.error(`a piece of a film was lost: ${reasonOf(error)}`),
  );
  const passThrough = source.kind === 'rtsp' ? new PassThrough(source, bitrateKbps) : null;
  let held = false;
  let wasPassing = false;
  const sendUnit = (unit: LadderUnit, captureHubMs: number): void =>
    send({ type: 'unit', unit: { ...unit, captureHubMs, encodedHubMs: clock.hubNowMs() } });
  const sendPicture = (frame: Frame, captureHubMs: number): void => {
    meter.push(() => planesOf(frame), source.width, source.height, captureHubMs);
    const isPassing = passThrough?.gate.passing ?? false;
    // Back from the camera's own pictures: these cannot be referred to.
    if (wasPassing && !isPassing) ladder.requestKeyFrame();
    wasPassing = isPassing;
    if (held || isPassing) return;
    ladder.encode(frame, captureHubMs, (unit) => sendUnit(unit, captureHubMs));
  };
  const onPicture = (frame: Frame, captureHubMs: number, original = frame): void => {
    const takenAtMs = captureHubMs - clock.hubOffsetMs;
    stills.hold(original, takenAtMs);
    // First what people look at now: it is no older for the film.
    sendPicture(frame, captureHubMs);
    film.add(frame, takenAtMs);
  };
  const onPacket = (
    packet: Packet,
    codecId: number,
    extradata: Buffer | null,
    captureHubMs: number,
  ): void => {
    const unit = passThrough?.take(packet, codecId, extradata, captureHubMs);
    if (unit) sendUnit({ layer: 0, ...unit }, captureHubMs);
  };
  const live = (locate: () => LiveInput | null): void => {
    const hooks = { locate, state: tellState, packet: onPacket, picture: onPicture };
    runLiveVideo(source, clock, hooks).catch(fail);
  };
  startPictures(source, clock, onPicture, live);
  return {
    setBitrateKbps: (kbps, lower) => {
      ladder.setBitrateKbps(kbps, lower);
      passThrough?.gate.setTargetKbps(kbps);
    },
    requestKeyFrame: (layer) => {
      ladder.requestKeyFrame(layer);
      passThrough?.gate.interrupt();
    },
    hold: (on) => {
      held = on;
      if (on) passThrough?.gate.interrupt();
    },
    stills,
    film,
  };
}

function startPictures(
  source: VideoSourceConfig,
  clock: BoxClock,
  onPicture: PictureTaker,
  live: (locate: () => LiveInput | null) => void,
): void {
  const generator = generatorFor(source);
  if (generator) runGenerator(generator, clock, onPicture);
  else if (source.kind === 'v4l2') {
    const registry = new DeviceRegistry();
    live(() => v4l2Input(source, registry));
  } else if (source.kind === 'rtsp') {
    // FFmpeg names the address, credentials and all, when it complains.
    Log.setLevel(AV_LOG_QUIET);
    live(() => rtspInput(source));
  } else if (source.kind === 'file') {
    runFfmpegSource({ ...source, kind: 'ffmpeg', url: source.path }, clock, onPicture).catch(fail);
  } else if (source.kind === 'ffmpeg') runFfmpegSource(source, clock, onPicture).catch(fail);
}

function startAudio(source: AudioSource | undefined, bitrateKbps: number, clock: BoxClock): Controls {
  const encoder = new OpusEncoder(bitrateKbps);
  const meter = new SoundMeter(OPUS_SAMPLE_RATE_HZ, (health) =>
    send({ type: 'health', health: { kind: 'audio', ...health } }),
  );
  const onFrame = (samples: Float32Array, captureHubMs: number): void => {
    meter.push(samples);
    const data = encoder.encode(samples);
    const unit = { layer: 0, isKeyFrame: true, captureHubMs, encodedHubMs: clock.hubNowMs() };
    if (data) send({ type: 'unit', unit: { data, ...unit } });
  };
  if (source === undefined || source.kind === 'heart-sound') playHeartSound(clock, onFrame);
  else {
    const hooks = { state: tellState, frame: onFrame };
    runSoundInput(source, OPUS_FRAME_SAMPLES, clock, new DeviceRegistry(), hooks).catch(fail);
  }
  return { setBitrateKbps: () => undefined, requestKeyFrame: () => undefined, hold: () => undefined };
}

function playHeartSound(
  clock: BoxClock,
  onFrame: (samples: Float32Array, captureHubMs: number) => void,
): void {
  const sound = new HeartSound(OPUS_SAMPLE_RATE_HZ);
  const samples = new Float32Array(OPUS_FRAME_SAMPLES);
  const frameMs = (OPUS_FRAME_SAMPLES * 1000) / OPUS_SAMPLE_RATE_HZ;
  let captureMs = clock.nowMs();
  const tick = (): void => {
    // A frame exists once its last sample was "heard".
    while (captureMs + frameMs <= clock.nowMs()) {
      const captureHubMs = captureMs + clock.hubOffsetMs;
      sound.render(samples, captureHubMs);
      onFrame(samples, captureHubMs);
      captureMs += frameMs;
    }
    setTimeout(tick, Math.max(1, captureMs + frameMs - clock.nowMs()));
  };
  tick();
}

let clock: BoxClock | undefined;
let controls: Controls | undefined;

function onMessage(message: ToFeed): void {
  switch (message.type) {
    case 'start': {
      clock = new BoxClock(message.clock);
      const { job } = message;
      controls =
        job.kind === 'video' ? startVideo(job, clock) : startAudio(job.source, job.bitrateKbps, clock);
      break;
    }
    case 'bitrate':
      controls?.setBitrateKbps(message.kbps, message.lowerKbps);
      break;
    case 'keyFrame':
      controls?.requestKeyFrame(message.layer);
      break;
    case 'hold':
      controls?.hold(message.on);
      break;
    case 'film':
      controls?.film?.setKbps(message.kbps);
      break;
    case 'still':
      if (clock) send(answerStill(message.id, controls?.stills, clock.nowMs()));
      break;
    case 'clock':
      clock?.setHubOffsetMs(message.hubOffsetMs);
      break;
  }
}

Log.setLevel(AV_LOG_ERROR);
