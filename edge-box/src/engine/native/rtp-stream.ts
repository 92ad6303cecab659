import { buildSenderReport } from './rtcp.ts';
import { buildRtp, buildRtx } from './rtp-packet.ts';
import type { OutgoingPacket } from './rtp-packet.ts';

export interface RtpStreamConfig {
  ssrc: number;
  payloadType: number;
  clockRateHz: number;
  cname: string;
  rtx?: { ssrc: number; payloadType: number };
  /** Every packet says its capture time (sound), or only the first of each picture. */
  captureTimeOnEvery: boolean;
  /** The first packet of each picture tells viewers not to wait for smoothness. */
  showAtOnce?: boolean;
}

/** About two seconds of a 4 Mbit/s feed. */
const HISTORY_PACKETS = 1024;

interface Sent {
  sequence: number;
  data: Buffer;
  resentAtMs: number;
}

/** One SSRC: numbers, timestamps, history for retransmission, and its sender reports. */
export class RtpStream {
  readonly config: RtpStreamConfig;
  readonly #history: (Sent | undefined)[] = new Array<Sent | undefined>(HISTORY_PACKETS);
  #sequence = Math.floor(Math.random() * 0x8000);
  #rtxSequence = Math.floor(Math.random() * 0x8000);
  readonly #timestampBase = Math.floor(Math.random() * 2 ** 31);
  packets = 0;
  bytes = 0;
  nacked = 0;
  retransmitted = 0;

  constructor(config: RtpStreamConfig) {
    this.config = config;
  }

  /** Timestamps follow the capture clock, so that SR and abs-capture-time tell one truth. */
  timestampAt(hubMs: number): number {
    const ticks = Math.round((hubMs * this.config.clockRateHz) / 1000);
    return (this.#timestampBase + (ticks % 2 ** 32)) >>> 0;
  }

  /** The packets of one access unit or sound frame. */
  packetise(payloads: Buffer[], captureHubMs: number): OutgoingPacket[] {
    const { ssrc, payloadType, captureTimeOnEvery, showAtOnce } = this.config;
    const timestamp = this.timestampAt(captureHubMs);
    return payloads.map((payload, i) => {
      const sequence = this.#sequence;
      this.#sequence = (sequence + 1) & 0xffff;
      const last = i === payloads.length - 1;
      const data = buildRtp({
        payloadType,
        marker: last && this.config.rtx !== undefined,
        sequence,
        timestamp,
        ssrc,
        payload,
        ...(i === 0 || captureTimeOnEvery ? { captureHubMs } : {}),
        ...(i === 0 && showAtOnce ? { showAtOnce } : {}),
      });
      if (this.config.rtx)
        this.#history[sequence % HISTORY_PACKETS] = { sequence, data, resentAtMs: -Infinity };
      this.packets++;
      this.bytes += payload.length;
      return { data, ssrc };
    });
  }

  /** A retransmission of one packet, when it is still held and was not sent again within `guardMs`. */
  retransmit(sequence: number, nowMs: number, guardMs: number): OutgoingPacket | undefined {
    this.nacked++;
    const sent = this.#held(sequence);
    if (!sent || nowMs - sent.resentAtMs < guardMs) return undefined;
    sent.resentAtMs = nowMs;
    return this.copy(sequence);
  }

  /** The packet once more, whether asked for or not. */
  copy(sequence: number): OutgoingPacket | undefined {
    const { rtx } = this.config;
    const sent = this.#held(sequence);
    if (!rtx || !sent) return undefined;
    const data = buildRtx(sent.data, rtx.ssrc, rtx.payloadType, this.#rtxSequence);
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    return { data, ssrc: rtx.ssrc };
  }

  /** The newest packet once more: of no use to the hub but to be measured. */
  padding(): OutgoingPacket | undefined {
    return this.copy((this.#sequence - 1) & 0xffff);
  }

  /** What was sent so far is not sent again: what follows does not build on it. */
  forgetSent(): void {
    this.#history.fill(undefined);
  }

  #held(sequence: number): Sent | undefined {
    const sent = this.#history[sequence % HISTORY_PACKETS];
    return sent?.sequence === sequence ? sent : undefined;
  }

  senderReport(hubNowMs: number): Buffer {
    return buildSenderReport({
      ssrc: this.config.ssrc,
      cname: this.config.cname,
      hubNowMs,
      rtpTimestamp: this.timestampAt(hubNowMs),
      packets: this.packets,
      bytes: this.bytes,
    });
  }
}
