import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { underBox } from '../child-of-box.ts';
import type { AudioOutState, AudioOutTarget, FromAudioOut, ToAudioOut } from './audio-out-protocol.ts';
import { OpusDecoder, PLAYOUT_RATE_HZ } from './opus-decoder.ts';
import { PlayoutClock } from './playout-clock.ts';
import { DeviceRegistry } from './registry.ts';

/** The process that plays: decodes Opus, and hands raw samples to the system's own player. Its crash costs no picture. */
const LOOK_AGAIN_MS = 500;
const PERIOD_US = 10_000;
const BUFFER_US = 60_000;

const { send } = underBox<ToAudioOut, FromAudioOut>(
  (message) => (message.type === 'start' ? open(message.target) : onPacket(message.packet)),
  () => ({ type: 'state', state: 'lost' }),
);

const decoder = new OpusDecoder();
const clock = new PlayoutClock();
let sink: Writable | undefined;
let state: AudioOutState | undefined;

function tell(next: AudioOutState): void {
  if (next !== state) send({ type: 'state', state: next });
  state = next;
}

function open(target: AudioOutTarget): void {
  if (target.kind === 'file') {
    sink = createWriteStream(target.path);
    tell('ready');
    return;
  }
  const device = new DeviceRegistry().find(target.deviceId, 'sound-out');
  if (!device) {
    tell('device-missing');
    setTimeout(() => open(target), LOOK_AGAIN_MS);
    return;
  }
  play(target, device.address);
}

function play(target: AudioOutTarget, address: string): void {
  const format = ['--file-type=raw', '--format=S16_LE', '--channels=1', `--rate=${PLAYOUT_RATE_HZ}`];
  const buffer = [`--period-time=${PERIOD_US}`, `--buffer-time=${BUFFER_US}`];
  const player = spawn('aplay', ['--quiet', `--device=${address}`, ...format, ...buffer], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  sink = player.stdin;
  // A player that ended says so below.
  player.stdin.on('error', () => undefined);
  player.once('spawn', () => tell('ready'));
  let ended = false;
  const again = (): void => {
    if (ended) return;
    ended = true;
    sink = undefined;
    tell('lost');
    setTimeout(() => open(target), LOOK_AGAIN_MS);
  };
  player.once('exit', again);
  player.once('error', again);
}

function onPacket(packet: Uint8Array): void {
  const samples = decoder.decode(packet);
  // Broken packets are lost packets.
  if (!samples || !sink) return;
  const durationMs = (samples.length * 1000) / PLAYOUT_RATE_HZ;
  if (!clock.take(durationMs, performance.now())) {
    send({ type: 'dropped', frames: 1 });
    return;
  }
  sink.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
}

Log.setLevel(AV_LOG_ERROR);
