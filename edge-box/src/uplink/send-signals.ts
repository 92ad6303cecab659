import type { RoomLink } from '../../../src/lib/signaling/client/index.ts';
import type { RequestInput } from '../../../src/lib/signaling/contract/index.ts';
import type { HubTransport, MediaSignals } from '../engine/engine.ts';

/** The engine's way to the SFU over the hub's contract. `isPaused`: told for each feed that is made. */
export function sendSignalsOver(
  link: RoomLink,
  isPaused: ((slot: string) => boolean) | undefined,
): Omit<MediaSignals, 'routerRtpCapabilities'> {
  let vitalsFeedId: string | null = null;
  return {
    createTransport: async () =>
      (await link.request('media.createTransport', { direction: 'send' })) as unknown as HubTransport,
    connectTransport: async (transportId, dtlsParameters) => {
      const checked = dtlsParameters as RequestInput<'media.connectTransport'>['dtlsParameters'];
      await link.request('media.connectTransport', { transportId, dtlsParameters: checked });
    },
    produce: async ({ rtpParameters, ...request }) =>
      link.request('media.produce', {
        ...request,
        paused: isPaused?.(request.slot) ?? false,
        rtpParameters: rtpParameters as RequestInput<'media.produce'>['rtpParameters'],
      }),
    produceData: async (request) => {
      const made = await link.request('media.produceData', request);
      vitalsFeedId = made.feedId;
      return made;
    },
    vitalsArrived: async () => {
      if (vitalsFeedId === null) return null;
      const { data } = await link.request('media.stats', {});
      return data.find(({ feedId }) => feedId === vitalsFeedId)?.messagesReceived ?? null;
    },
    closeTransport: async (transportId) => {
      await link.request('media.closeTransport', { transportId });
    },
  };
}
