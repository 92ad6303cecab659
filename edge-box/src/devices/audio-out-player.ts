import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { SampleSink } from '../talk-back/playout/playout.ts';
import { PLAYOUT_RATE_HZ } from './opus-decoder.ts';

const PERIOD_US = 10_000;
const BUFFER_US = 60_000;
const LOOK_MS = 50;
/** So many looks alike: a busy machine may stop a program for a moment while it starts. */
const QUIET_LOOKS = 4;
const BYTES_PER_MS = (PLAYOUT_RATE_HZ / 1000) * 2;

const bytesOf = ({ buffer, byteOffset, byteLength }: Int16Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

export function fileSink(path: string): SampleSink {
  const file = createWriteStream(path);
  return { write: (samples) => void file.write(bytesOf(samples)), behindMs: () => 0 };
}

/**
 * The system's own player (with all the conversions that ALSA's plug layer knows). It takes samples as its card needs them, so how many it
 * has read is the card's clock; the kernel counts them (`rchar` of proc(5)).
 */
export class AlsaPlayer implements SampleSink {
  readonly #player: ChildProcess;
  readonly #stdin: Writable;
  #timer: NodeJS.Timeout | undefined;
  #written = 0;
  /** What it had read before the first sample: its own configuration. */
  #readBefore = 0;

  /** `ready`: it waits for samples; `ended`: told once, however it ended. */
  constructor(address: string, events: { ready(): void; ended(): void }) {
    const format = ['--file-type=raw', '--format=S16_LE', '--channels=1', `--rate=${PLAYOUT_RATE_HZ}`];
    const buffer = [`--period-time=${PERIOD_US}`, `--buffer-time=${BUFFER_US}`];
    const player = spawn('aplay', ['--quiet', `--device=${address}`, ...format, ...buffer], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#player = player;
    this.#stdin = player.stdin;
    // A player that ended says so below.
    player.stdin.on('error', () => undefined);
    let ended = false;
    const end = (): void => {
      clearInterval(this.#timer);
      if (!ended) events.ended();
      ended = true;
    };
    player.once('exit', end);
    player.once('error', end);
    player.once('spawn', () => this.#awaitReady(events.ready));
  }

  /** It has read its configuration and opened its card when it reads nothing more. */
  #awaitReady(ready: () => void): void {
    let before = -1;
    let alike = 0;
    this.#timer = setInterval(() => {
      const read = this.#bytesRead();
      alike = read === before ? alike + 1 : 0;
      before = read ?? -1;
      if (read !== null && alike < QUIET_LOOKS) return;
      clearInterval(this.#timer);
      this.#readBefore = read ?? 0;
      ready();
    }, LOOK_MS);
  }

  /** Must not be called before `ready`. */
  write(samples: Int16Array): void {
    this.#written += samples.byteLength;
    this.#stdin.write(bytesOf(samples));
  }

  behindMs(): number {
    const read = this.#bytesRead();
    if (read === null) return 0;
    return Math.max(0, this.#written - (read - this.#readBefore)) / BYTES_PER_MS;
  }

  #bytesRead(): number | null {
    try {
      const counters = readFileSync(`/proc/${this.#player.pid}/io`, 'utf8');
      return Number(/^rchar: (\d+)$/m.exec(counters)?.[1] ?? NaN) || null;
    } catch {
      return null;
    }
  }
}
