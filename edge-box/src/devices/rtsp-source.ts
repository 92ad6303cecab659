import { AV_CODEC_ID_H264 } from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import { ParameterSets, nalUnitsOf, readAccessUnit } from './h264-stream.ts';
import type { LiveInput } from './live-video.ts';
import { PassThroughGate } from './pass-through.ts';
import type { VideoSourceConfig } from './profile.ts';

type RtspConfig = Extract<VideoSourceConfig, { kind: 'rtsp' }>;

const SOCKET_LIMIT_US = 5_000_000;

/**
 * How FFmpeg opens an RTSP camera: over TCP, because a clinic's switch loses nothing and a lost packet would cost a whole group of
 * pictures. The credentials go into the address here and nowhere else.
 */
export function rtspInput({ url, user, password }: RtspConfig): LiveInput {
  const address = new URL(url);
  if (user !== undefined) address.username = encodeURIComponent(user);
  if (password !== undefined) address.password = encodeURIComponent(password);
  return {
    url: address.href,
    options: {
      rtsp_transport: 'tcp',
      timeout: String(SOCKET_LIMIT_US),
      fflags: 'nobuffer',
      // Enough to see a key frame of a camera that sends one a second; more only delays the first picture.
      probesize: '500000',
      analyzeduration: '1000000',
      max_delay: '0',
    },
    hasCaptureTime: false,
  };
}

export interface PassedUnit {
  data: Buffer;
  isKeyFrame: boolean;
}

/** The camera's own units, as far as they are handed on. */
export class PassThrough {
  readonly gate: PassThroughGate;
  readonly #sets = new ParameterSets();

  constructor({ passThrough = true }: RtspConfig, bitrateKbps: number) {
    this.gate = new PassThroughGate(passThrough, bitrateKbps);
  }

  /** The unit to send as it is; null when the picture has to be encoded anew. */
  take(packet: Packet, codecId: number, extradata: Buffer | null, atMs: number): PassedUnit | null {
    const bytes = packet.data;
    if (codecId !== AV_CODEC_ID_H264 || !bytes) return null;
    if (this.#sets.profile === null && extradata) this.#sets.learn(nalUnitsOf(extradata));
    const unit = readAccessUnit(bytes);
    this.#sets.learn(unit.units);
    const { isKeyFrame, hasB } = unit;
    const { profile } = this.#sets;
    if (!this.gate.take({ atMs, bytes: bytes.length, isKeyFrame, hasB, profile })) return null;
    const data = this.#sets.complete(unit, bytes);
    if (data) return { data, isKeyFrame };
    this.gate.interrupt();
    return null;
  }
}
