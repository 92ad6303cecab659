import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { VoicePacket } from '../talk-back/playout/playout-buffer.ts';
import type { AudioOutState, AudioOutTarget, FromAudioOut, ToAudioOut } from './audio-out-protocol.ts';

export type { AudioOutState, AudioOutTarget } from './audio-out-protocol.ts';

const CHILD = new URL('./audio-out-child.ts', import.meta.url);
const RESPAWN_MS = 1_000;

/** The speaker: the voices of the far end, played in the clinic. Takes each voice's Opus packets as they come from the network. */
export class AudioOut {
  readonly #target: AudioOutTarget;
  readonly #onState: (state: AudioOutState) => void;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: AudioOutState = 'stopped';
  #audible = false;
  /** Packets that came too late, or in such a burst that playing them would only have made everything late. */
  dropped = 0;

  constructor(target: AudioOutTarget, onState: (state: AudioOutState) => void = () => undefined) {
    this.#target = target;
    this.#onState = onState;
  }

  get state(): AudioOutState {
    return this.#state;
  }

  /** Somebody is to be heard. */
  get audible(): boolean {
    return this.#audible;
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
      else if (message.type === 'audible') this.#audible = message.audible;
      else this.dropped = message.packets;
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

  /** Plays one Opus packet (mono or stereo; heard as mono) of a voice, in its turn. Dropped while there is no device. */
  play(voice: string, packet: VoicePacket): void {
    this.#send({ type: 'packet', voice, packet });
  }

  endVoice(voice: string): void {
    this.#send({ type: 'end', voice });
  }

  #send(message: ToAudioOut): void {
    if (this.#child?.connected) this.#child.send(message, () => undefined);
  }

  #setState(state: AudioOutState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state !== 'ready') this.#audible = false;
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
