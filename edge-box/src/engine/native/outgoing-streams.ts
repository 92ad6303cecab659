import type { EngineConfig, MediaSignals } from '../engine.ts';
import type { Lane } from './pacer.ts';
import type { OutgoingPacket } from './rtp-packet.ts';
import { PAYLOAD_TYPES, audioRtpParameters, videoRtpParameters } from './rtp-parameters.ts';
import { RtpStream } from './rtp-stream.ts';

export const VITALS_STREAM_ID = 1;

const randomSsrc = (): number => 1 + Math.floor(Math.random() * 0xffff_fff0);

/** The RTP streams of one connection, by feed and by SSRC, and what the hub is told of them. */
export class OutgoingStreams {
  readonly cname = `box-${randomSsrc().toString(36)}`;
  readonly #config: EngineConfig;
  readonly #streams = new Map<string, RtpStream>();
  readonly #slotBySsrc = new Map<number, string>();
  readonly #laneBySlot = new Map<string, Lane>();

  constructor(config: EngineConfig) {
    this.#config = config;
    for (const { slot, streamClass } of config.video) {
      this.#laneBySlot.set(slot, streamClass === 'clinical' ? 'clinical' : 'other');
      this.#add(slot, {
        ssrc: randomSsrc(),
        payloadType: PAYLOAD_TYPES.h264,
        clockRateHz: 90_000,
        cname: this.cname,
        rtx: { ssrc: randomSsrc(), payloadType: PAYLOAD_TYPES.rtx },
        captureTimeOnEvery: false,
        showAtOnce: streamClass === 'clinical',
      });
    }
    if (config.audio) {
      this.#add(config.audio.slot, {
        ssrc: randomSsrc(),
        payloadType: PAYLOAD_TYPES.opus,
        clockRateHz: 48_000,
        cname: this.cname,
        captureTimeOnEvery: true,
      });
    }
  }

  #add(slot: string, config: RtpStream['config']): void {
    this.#streams.set(slot, new RtpStream(config));
    this.#slotBySsrc.set(config.ssrc, slot);
  }

  get(slot: string): RtpStream | undefined {
    return this.#streams.get(slot);
  }

  all(): Iterable<RtpStream> {
    return this.#streams.values();
  }

  slotOf(ssrc: number): string | undefined {
    return this.#slotBySsrc.get(ssrc);
  }

  /** Where the feed's packets wait their turn; sound does not wait and has none. */
  laneOf(slot: string): Lane | undefined {
    return this.#laneBySlot.get(slot);
  }

  /** Fills up the bursts that measure the link. */
  padding(): OutgoingPacket | null {
    const slot = this.#config.video[0]?.slot;
    return (slot === undefined ? undefined : this.#streams.get(slot)?.padding()) ?? null;
  }

  /** Tells the hub of every stream and of the vitals. */
  produceAll(signals: MediaSignals, transportId: string): Promise<unknown>[] {
    const { video, audio, vitalsSlot } = this.#config;
    const requests: Promise<unknown>[] = [];
    for (const { slot, label, streamClass, modality, laterality } of video) {
      const stream = this.#streams.get(slot)?.config;
      if (!stream?.rtx) continue;
      const rtpParameters = videoRtpParameters(stream.ssrc, stream.rtx.ssrc, stream.cname);
      const described = { slot, kind: 'video', streamClass, label, modality, laterality } as const;
      requests.push(signals.produce({ transportId, ...described, rtpParameters }));
    }
    const sound = audio && this.#streams.get(audio.slot)?.config;
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
