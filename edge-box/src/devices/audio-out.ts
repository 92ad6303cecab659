import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { AudioOutState, AudioOutTarget, FromAudioOut, ToAudioOut } from './audio-out-protocol.ts';

export type { AudioOutState, AudioOutTarget } from './audio-out-protocol.ts';

const CHILD = new URL('./audio-out-child.ts', import.meta.url);
const RESPAWN_MS = 1_000;

/** Talk-back: the voices of the far end, played in the clinic. Takes Opus packets as they come from the network. */
export class AudioOut {
  readonly #target: AudioOutTarget;
  readonly #onState: (state: AudioOutState) => void;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: AudioOutState = 'stopped';
  /** Frames that came in such a burst that playing them would only have made everything late. */
  dropped = 0;

  constructor(target: AudioOutTarget, onState: (state: AudioOutState) => void = () => undefined) {
    this.#target = target;
    this.#onState = onState;
  }

  get state(): AudioOutState {
    return this.#state;
  }

  start(): void {
    if (this.#child || this.#timer) return;
    this.#spawn();
  }

  #spawn(): void {
    this.#timer = undefined;
    const child = fork(CHILD, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message: FromAudioOut) => {
      if (this.#child !== child) return;
      if (message.type === 'state') this.#setState(message.state);
      else this.dropped += message.frames;
    });
    child.on('error', () => undefined);
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#setState('lost');
      this.#timer = setTimeout(() => this.#spawn(), RESPAWN_MS);
    });
    this.#send({ type: 'start', target: this.#target });
  }

  /** Plays one Opus packet (mono or stereo; heard as mono). Dropped while there is no device. */
  playOpus(packet: Uint8Array): void {
    this.#send({ type: 'opus', packet });
  }

  #send(message: ToAudioOut): void {
    if (this.#child?.connected) this.#child.send(message, () => undefined);
  }

  #setState(state: AudioOutState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const child = this.#child;
    this.#child = undefined;
    this.#setState('stopped');
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}
