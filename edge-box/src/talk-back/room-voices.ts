import type { RoomLink } from '../../../src/lib/signaling/client/index.ts';
import type { RequestInput, RoomState } from '../../../src/lib/signaling/contract/index.ts';
import type { HubTransport } from '../engine/engine.ts';
import { OPUS_PAYLOAD_TYPE } from './answer.ts';
import type { ReceiveSignals } from './receive-connection.ts';

/** One feed that is to be heard. A feed that is published anew has another generation. */
export interface VoiceFeed {
  feedId: string;
  generation: number;
}

/** Hears of the room that the box is in. */
export interface VoiceListener {
  /** In the room, again or for the first time. `mediaKept`: what was consumed before still stands. */
  entered(signals: ReceiveSignals, mediaKept: boolean): void;
  /** All that is to be heard, each time that it may have changed. */
  voices(feeds: readonly VoiceFeed[]): void;
  /** The hub has ended it, for whatever reason. */
  consumerClosed(consumerId: string): void;
  left(): void;
}

/** What of a room is to be heard by this member: every voice but its own. Those that are silent now are among them. */
export function voicesOf({ feeds }: RoomState, ownMemberId: string): VoiceFeed[] {
  return Object.values(feeds).filter(
    ({ memberId, kind, streamClass }) =>
      kind === 'audio' && streamClass === 'voice' && memberId !== ownMemberId,
  );
}

/** Opus and no header extensions: the packets are as thin as can be. */
export const RECEIVE_CAPABILITIES: RequestInput<'media.consume'>['rtpCapabilities'] = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      preferredPayloadType: OPUS_PAYLOAD_TYPE,
      clockRate: 48_000,
      channels: 2,
    },
  ],
  headerExtensions: [],
};

export function receiveSignalsOver(link: RoomLink): ReceiveSignals {
  return {
    createTransport: async () =>
      (await link.request('media.createTransport', { direction: 'receive' })) as unknown as HubTransport,
    connectTransport: async (transportId, dtlsParameters) => {
      const checked = dtlsParameters as RequestInput<'media.connectTransport'>['dtlsParameters'];
      await link.request('media.connectTransport', { transportId, dtlsParameters: checked });
    },
    closeTransport: async (transportId) => {
      await link.request('media.closeTransport', { transportId });
    },
    consume: async (transportId, feedId) => {
      const request = { transportId, feedId, rtpCapabilities: RECEIVE_CAPABILITIES };
      const { consumerId, rtpParameters } = await link.request('media.consume', request);
      const ssrc = (rtpParameters as { encodings?: { ssrc?: number }[] }).encodings?.[0]?.ssrc;
      if (ssrc === undefined) throw new Error('the hub names no stream for this voice');
      return { consumerId, ssrc };
    },
    resume: async (consumerId) => {
      await link.request('media.setConsumer', { consumerId, paused: false });
    },
    closeConsumer: async (consumerId) => {
      await link.request('media.closeConsumer', { consumerId });
    },
  };
}
