import { spawn } from 'node:child_process';
import type { BoxClock } from '../clock.ts';
import type { SourceState } from './live-video.ts';
import type { AudioSource } from './profile.ts';
import type { DeviceRegistry } from './registry.ts';

const RATE_HZ = 48_000;
const BYTES_PER_SAMPLE = 2;
/** Frames whose time runs off from the clock by more than this are set right: a sound card's clock is not ours. */
const MAX_DRIFT_MS = 60;
/** Sound that comes faster than time itself comes from a file or a dummy: it is held back. */
const MAX_AHEAD_MS = 100;
const NO_SOUND_MS = 3_000;
const LOOK_AGAIN_MS = 300;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;

export interface SoundHooks {
  state(state: SourceState): void;
  /** One frame of mono sound, −1…1; the samples are only valid during the call. */
  frame(samples: Float32Array, captureHubMs: number): void;
}

interface Command {
  program: string;
  args: string[];
  /** A device sets the pace and must be read at it; a file is held back to it. */
  isLive: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Sound from a device, as a stream of raw samples from the system's own recorder: `arecord` for ALSA (with all the conversions that its
 * plug layer knows), `ffmpeg` for everything else. Both end with this process, because their pipe does.
 */
export async function runSoundInput(
  source: Exclude<AudioSource, { kind: 'heart-sound' }>,
  frameSamples: number,
  clock: BoxClock,
  registry: DeviceRegistry,
  hooks: SoundHooks,
): Promise<never> {
  let retryMs = FIRST_RETRY_MS;
  for (;;) {
    const command = commandFor(source, registry);
    if (!command) {
      hooks.state('device-missing');
      retryMs = FIRST_RETRY_MS;
      await pause(LOOK_AGAIN_MS);
      continue;
    }
    const isThere = (): boolean => commandFor(source, registry) !== null;
    const hadSound = await record(command, frameSamples, clock, hooks, isThere);
    if (hadSound) retryMs = FIRST_RETRY_MS;
    hooks.state(isThere() ? 'lost' : 'device-missing');
    await pause(retryMs);
    retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  }
}

function commandFor(
  source: Exclude<AudioSource, { kind: 'heart-sound' }>,
  registry: DeviceRegistry,
): Command | null {
  if (source.kind === 'alsa') {
    const device = registry.find(source.deviceId, 'sound-in');
    return device ? alsaCommand(device.address) : null;
  }
  const { url, inputFormat, inputOptions = {} } = source;
  const options = Object.entries(inputOptions).flatMap(([name, value]) => [`-${name}`, value]);
  const format = inputFormat === undefined ? [] : ['-f', inputFormat];
  const output = ['-vn', '-ac', '1', '-ar', String(RATE_HZ), '-f', 's16le', 'pipe:1'];
  return {
    program: 'ffmpeg',
    isLive: false,
    args: ['-v', 'quiet', '-nostdin', ...options, ...format, '-i', url, ...output],
  };
}

/** Short periods, because each one is delay; a buffer of some of them, because this machine is also busy otherwise. */
const PERIOD_US = 10_000;
const BUFFER_US = 80_000;

const alsaCommand = (address: string): Command => ({
  program: 'arecord',
  isLive: true,
  args: [
    '--quiet',
    `--device=${address}`,
    '--file-type=raw',
    '--format=S16_LE',
    '--channels=1',
    `--rate=${RATE_HZ}`,
    `--period-time=${PERIOD_US}`,
    `--buffer-time=${BUFFER_US}`,
  ],
});

/** Until the recorder ends; true when there was any sound. */
async function record(
  command: Command,
  frameSamples: number,
  clock: BoxClock,
  hooks: SoundHooks,
  isThere: () => boolean,
): Promise<boolean> {
  const recorder = spawn(command.program, command.args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => {
    recorder.once('exit', () => resolve());
    recorder.once('error', () => resolve());
  });
  const frames = new FrameCutter(frameSamples, clock, hooks, command.isLive);
  let lastMs = performance.now();
  const watchdog = setInterval(() => {
    // Not every driver says by itself that its card is gone.
    if (performance.now() - lastMs > NO_SOUND_MS || !isThere()) recorder.kill('SIGKILL');
  }, 500);
  try {
    for await (const chunk of recorder.stdout as AsyncIterable<Buffer>) {
      lastMs = performance.now();
      if (frames.isFirst) hooks.state('live');
      const aheadMs = frames.push(chunk);
      if (!command.isLive && aheadMs > MAX_AHEAD_MS) await pause(aheadMs - MAX_AHEAD_MS / 2);
    }
  } finally {
    clearInterval(watchdog);
  }
  await ended;
  return !frames.isFirst;
}

/** Cuts raw samples into frames and gives each its capture time: steady by the sample count, held to the clock. */
class FrameCutter {
  readonly #samples: Float32Array;
  readonly #clock: BoxClock;
  readonly #hooks: SoundHooks;
  readonly #isLive: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #nextMs: number | undefined;

  constructor(frameSamples: number, clock: BoxClock, hooks: SoundHooks, isLive: boolean) {
    this.#samples = new Float32Array(frameSamples);
    this.#clock = clock;
    this.#hooks = hooks;
    this.#isLive = isLive;
  }

  get isFirst(): boolean {
    return this.#nextMs === undefined;
  }

  /** Takes what came; how far its end is ahead of the clock, in ms. */
  push(chunk: Buffer): number {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frameBytes = this.#samples.length * BYTES_PER_SAMPLE;
    const frameMs = (this.#samples.length * 1000) / RATE_HZ;
    const spanMs = (bytes.length / BYTES_PER_SAMPLE / RATE_HZ) * 1000;
    const startMs = this.#clock.nowMs() - spanMs;
    const behindMs = this.#nextMs === undefined ? Infinity : startMs - this.#nextMs;
    if (behindMs > MAX_DRIFT_MS || (this.#isLive && behindMs < -MAX_DRIFT_MS)) this.#nextMs = startMs;
    let nextMs = this.#nextMs ?? startMs;
    let from = 0;
    for (; from + frameBytes <= bytes.length; from += frameBytes) {
      for (let i = 0; i < this.#samples.length; i++) {
        this.#samples[i] = bytes.readInt16LE(from + i * BYTES_PER_SAMPLE) / 32_768;
      }
      this.#hooks.frame(this.#samples, nextMs + this.#clock.hubOffsetMs);
      nextMs += frameMs;
    }
    this.#nextMs = nextMs;
    this.#rest = Buffer.from(bytes.subarray(from));
    return nextMs - this.#clock.nowMs();
  }
}
