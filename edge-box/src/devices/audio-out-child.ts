import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { underBox } from '../child-of-box.ts';
import { Playout } from '../talk-back/playout/playout.ts';
import type { SampleSink } from '../talk-back/playout/playout.ts';
import { VoiceMixer } from '../talk-back/playout/voice-mixer.ts';
import { AlsaPlayer, fileSink } from './audio-out-player.ts';
import type { AudioOutState, AudioOutTarget, FromAudioOut, ToAudioOut } from './audio-out-protocol.ts';
import { OpusDecoder } from './opus-decoder.ts';
import { DeviceRegistry } from './registry.ts';

/** The process that plays: decodes and mixes, and hands raw samples to the system's own player. Its crash costs no picture. */
const LOOK_AGAIN_MS = 500;
const TICK_MS = 10;

const { send } = underBox<ToAudioOut, FromAudioOut>(onMessage, () => ({ type: 'state', state: 'lost' }));

const mixer = new VoiceMixer(() => new OpusDecoder());
const playout = new Playout(mixer);
let sink: SampleSink | undefined;
let state: AudioOutState | undefined;
let audible = false;
let dropped = 0;

function onMessage(message: ToAudioOut): void {
  if (message.type === 'start') open(message.target);
  else if (message.type === 'end') mixer.end(message.voice);
  else mixer.push(message.voice, message.packet, performance.now());
}

function tell(next: AudioOutState): void {
  if (next !== state) send({ type: 'state', state: next });
  state = next;
}

function ready(to: SampleSink): void {
  sink = to;
  tell('ready');
}

function open(target: AudioOutTarget): void {
  if (target.kind === 'file') return ready(fileSink(target.path));
  const again = (): void => void setTimeout(() => open(target), LOOK_AGAIN_MS);
  const device = new DeviceRegistry().find(target.deviceId, 'sound-out');
  if (!device) {
    tell('device-missing');
    return again();
  }
  const player = new AlsaPlayer(device.address, {
    ready: () => ready(player),
    ended: () => {
      sink = undefined;
      tell('lost');
      again();
    },
  });
}

function tick(): void {
  const nowMs = performance.now();
  if (sink) playout.tick(nowMs, sink);
  const isAudible = sink !== undefined && playout.isAudible(nowMs);
  if (isAudible !== audible) send({ type: 'audible', audible: (audible = isAudible) });
  if (mixer.dropped !== dropped) send({ type: 'dropped', packets: (dropped = mixer.dropped) });
}

// What the far end sends is not ours to log about.
Log.setLevel(AV_LOG_QUIET);
setInterval(tick, TICK_MS);
