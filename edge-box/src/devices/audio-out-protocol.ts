import type { VoicePacket } from '../talk-back/playout/playout-buffer.ts';

/** What the box's main process and the process that plays the far end's voices say to each other. Both ends are ours. */
export type AudioOutTarget =
  | { kind: 'alsa'; deviceId: string }
  /** Raw 16-bit mono at 48 kHz (tests, and a box without a speaker). */
  | { kind: 'file'; path: string };

export type ToAudioOut =
  | { type: 'start'; target: AudioOutTarget }
  | { type: 'packet'; voice: string; packet: VoicePacket }
  | { type: 'end'; voice: string };

export type AudioOutState = 'stopped' | 'ready' | 'device-missing' | 'lost';

export type FromAudioOut =
  | { type: 'state'; state: AudioOutState }
  /** Somebody is to be heard, or nobody any more. */
  | { type: 'audible'; audible: boolean }
  /** Packets left out, of all voices since the start. */
  | { type: 'dropped'; packets: number };
