import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { types } from 'mediasoup';
import { OPUS_FRAME_SAMPLES, OPUS_SAMPLE_RATE_HZ, OpusEncoder } from '../../media/opus-encoder.ts';
import type { BareHub } from './bare-hub.ts';

const FRAME_MS = 20;
const PAYLOAD_TYPE = 111;
const AMPLITUDE = 0.3;

/** Kept to the end: node-av crashes when the garbage collector takes an encoder. */
const encoders: OpusEncoder[] = [];

/** Opus packets of 20 ms of a pure tone. */
export function tonePackets(hz: number, seconds: number): Buffer[] {
  const encoder = new OpusEncoder(48);
  encoders.push(encoder);
  return Array.from({ length: (seconds * 1000) / FRAME_MS }, (_, frame) => {
    const samples = Float32Array.from({ length: OPUS_FRAME_SAMPLES }, (_, i) => {
      const at = (frame * OPUS_FRAME_SAMPLES + i) / OPUS_SAMPLE_RATE_HZ;
      return AMPLITUDE * Math.sin(2 * Math.PI * hz * at);
    });
    return encoder.encode(samples) ?? Buffer.alloc(0);
  }).filter((packet) => packet.length > 0);
}

/** How much of a tone is in samples at 48 kHz: its amplitude, as a part of full scale. */
export function amplitudeOf(hz: number, samples: Int16Array): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * hz * i) / OPUS_SAMPLE_RATE_HZ;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length / 32_768;
}

/** Somebody of the far end who hums one tone into a hub's router, as plain RTP. */
export class FarVoice {
  readonly producer: types.Producer;
  readonly #transport: types.PlainTransport;
  readonly #socket: Socket;
  readonly #packets: Buffer[];
  readonly #ssrc: number;
  readonly #timer: NodeJS.Timeout;
  #startedMs = performance.now();
  #sent = 0;
  /** Every so many packets one is lost; 0 for none. */
  loseEvery = 0;
  /** What is sent instead of Opus. */
  garbage: Buffer | null = null;

  private constructor(transport: types.PlainTransport, producer: types.Producer, ssrc: number, hz: number) {
    this.#transport = transport;
    this.producer = producer;
    this.#ssrc = ssrc;
    this.#packets = tonePackets(hz, 1);
    this.#socket = createSocket('udp4');
    this.#timer = setInterval(() => this.#sendDue(), FRAME_MS / 2);
  }

  /** `hz`: whole, so that one second of it can be sent over and over. */
  static async start(hub: BareHub, slot: string, hz: number): Promise<FarVoice> {
    const transport = await hub.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      comedia: true,
      rtcpMux: true,
    });
    const ssrc = hz;
    const producer = await transport.produce({
      kind: 'audio',
      rtpParameters: {
        codecs: [
          { mimeType: 'audio/opus', payloadType: PAYLOAD_TYPE, clockRate: OPUS_SAMPLE_RATE_HZ, channels: 2 },
        ],
        encodings: [{ ssrc }],
      },
    });
    hub.producers.set(slot, producer);
    return new FarVoice(transport, producer, ssrc, hz);
  }

  #sendDue(): void {
    const due = Math.floor((performance.now() - this.#startedMs) / FRAME_MS);
    for (; this.#sent < due; this.#sent++) {
      if (this.loseEvery > 0 && this.#sent % this.loseEvery === 0) continue;
      const payload = this.garbage ?? this.#packets[this.#sent % this.#packets.length] ?? Buffer.alloc(0);
      const header = Buffer.alloc(12);
      header[0] = 0x80;
      header[1] = PAYLOAD_TYPE;
      header.writeUInt16BE(this.#sent & 0xffff, 2);
      header.writeUInt32BE((this.#sent * OPUS_FRAME_SAMPLES) >>> 0, 4);
      header.writeUInt32BE(this.#ssrc, 8);
      this.#socket.send([header, payload], this.#transport.tuple.localPort, '127.0.0.1');
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#socket.close();
    this.#transport.close();
  }
}
