import type { EngineConfig, MediaSignals } from '../engine.ts';
import type { Lane } from './pacer.ts';
import { ladderOf } from './rate-allocation.ts';
import type { OutgoingPacket } from './rtp-packet.ts';
import { PAYLOAD_TYPES, audioRtpParameters, videoRtpParameters } from './rtp-parameters.ts';
import { RtpStream } from './rtp-stream.ts';

export const VITALS_STREAM_ID = 1;

const randomSsrc = (): number => 1 + Math.floor(Math.random() * 0xffff_fff0);

/** One stream of a feed. */
interface Outgoing {
  slot: string;
  /** Size of the picture: 0 is the smallest one. Sound has only this. */
  layer: number;
  stream: RtpStream;
  /** Where its packets wait their turn; sound does not wait and has none. */
  lane: Lane | null;
}

/** The RTP streams of one connection, by feed and by SSRC, and what the hub is told of them. */
export class OutgoingStreams {
  readonly cname = `box-${randomSsrc().toString(36)}`;
  readonly #config: EngineConfig;
  /** Smallest size first. */
  readonly #bySlot = new Map<string, Outgoing[]>();
  readonly #bySsrc = new Map<number, Outgoing>();
  readonly #reportedPackets = new Map<Outgoing, number>();

  constructor(config: EngineConfig) {
    this.#config = config;
    for (const feed of config.video) {
      const { layers } = ladderOf(feed);
      const isClinical = feed.streamClass === 'clinical';
      for (let layer = 0; layer < layers; layer++) {
        const stream = {
          ssrc: randomSsrc(),
          payloadType: PAYLOAD_TYPES.h264,
          clockRateHz: 90_000,
          cname: this.cname,
          rtx: { ssrc: randomSsrc(), payloadType: PAYLOAD_TYPES.rtx },
          captureTimeOnEvery: false,
          showAtOnce: isClinical,
        };
        // A smaller size never goes before the clinical picture itself.
        this.#add(feed.slot, layer, isClinical && layer === layers - 1 ? 'clinical' : 'other', stream);
      }
    }
    if (config.audio) {
      this.#add(config.audio.slot, 0, null, {
        ssrc: randomSsrc(),
        payloadType: PAYLOAD_TYPES.opus,
        clockRateHz: 48_000,
        cname: this.cname,
        captureTimeOnEvery: true,
      });
    }
  }

  #add(slot: string, layer: number, lane: Lane | null, config: RtpStream['config']): void {
    const outgoing = { slot, layer, stream: new RtpStream(config), lane };
    this.#bySlot.set(slot, [...(this.#bySlot.get(slot) ?? []), outgoing]);
    this.#bySsrc.set(config.ssrc, outgoing);
  }

  get(slot: string, layer: number): Outgoing | undefined {
    return this.#bySlot.get(slot)?.[layer];
  }

  /** The feed's streams, smallest size first. */
  of(slot: string): RtpStream[] {
    return this.#bySlot.get(slot)?.map(({ stream }) => stream) ?? [];
  }

  bySsrc(ssrc: number): Outgoing | undefined {
    return this.#bySsrc.get(ssrc);
  }

  all(): RtpStream[] {
    return [...this.#bySsrc.values()].map(({ stream }) => stream);
  }

  /** Fills up the bursts that measure the link. Never of a smaller size: one that pauses would look alive to the hub. */
  padding(): OutgoingPacket | null {
    const slot = this.#config.video[0]?.slot;
    const largest = slot === undefined ? undefined : this.#bySlot.get(slot)?.at(-1);
    return largest?.stream.padding() ?? null;
  }

  /** Of every stream but smaller sizes that have sent nothing since the last one: a size that pauses sends nothing at all. */
  senderReports(hubNowMs: number): Buffer[] {
    const reports: Buffer[] = [];
    for (const outgoings of this.#bySlot.values()) {
      for (const outgoing of outgoings) {
        const { stream, layer } = outgoing;
        const isSmaller = layer < outgoings.length - 1;
        if (isSmaller && this.#reportedPackets.get(outgoing) === stream.packets) continue;
        this.#reportedPackets.set(outgoing, stream.packets);
        reports.push(stream.senderReport(hubNowMs));
      }
    }
    return reports;
  }

  /** Tells the hub of every stream and of the vitals. */
  produceAll(signals: MediaSignals, transportId: string): Promise<unknown>[] {
    const { video, audio, vitalsSlot } = this.#config;
    const requests: Promise<unknown>[] = [];
    for (const { slot, label, streamClass, modality, laterality } of video) {
      const layers = this.of(slot).flatMap(({ config: { ssrc, rtx } }) => (rtx ? [{ ssrc, rtx }] : []));
      const rtpParameters = videoRtpParameters(layers, this.cname);
      const described = { slot, kind: 'video', streamClass, label, modality, laterality } as const;
      requests.push(signals.produce({ transportId, ...described, rtpParameters }));
    }
    const sound = audio && this.get(audio.slot, 0)?.stream.config;
    if (audio && sound) {
      const rtpParameters = audioRtpParameters(sound.ssrc, sound.cname);
      const described = {
        slot: audio.slot,
        kind: 'audio',
        streamClass: 'voice',
        label: audio.label,
      } as const;
      requests.push(signals.produce({ transportId, ...described, rtpParameters }));
    }
    if (vitalsSlot !== null) {
      const sctpStreamParameters = { streamId: VITALS_STREAM_ID, ordered: true };
      const described = { slot: vitalsSlot, label: '监护 Vitals' };
      requests.push(signals.produceData({ transportId, ...described, sctpStreamParameters }));
    }
    return requests;
  }
}
