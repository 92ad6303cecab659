import type { ProducerOptions } from 'mediasoup-client/types';
import type { StreamClass } from '../../signaling/contract/index.ts';

export type MediaClass = Exclude<StreamClass, 'vitals'>;

/** How each class is encoded. Figures are ours, after decision 7 and what a county line carries. */
export function publishOptions(
  streamClass: MediaClass,
): Pick<ProducerOptions, 'encodings' | 'codecOptions'> & { hint: string; keepResolution: boolean } {
  switch (streamClass) {
    case 'voice':
      // FEC repairs what is lost without asking for it again; DTX is silent while nobody speaks.
      return {
        codecOptions: { opusFec: true, opusDtx: true, opusNack: true, opusMaxAverageBitrate: 40_000 },
        hint: 'speech',
        keepResolution: false,
      };
    case 'face':
      // Three layers (180, 360, 720 lines), so that a viewer with a thin link or a small tile takes a small one.
      return {
        encodings: [
          { scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: 'L1T3' },
          { scaleResolutionDownBy: 2, maxBitrate: 500_000, scalabilityMode: 'L1T3' },
          { scaleResolutionDownBy: 1, maxBitrate: 1_500_000, scalabilityMode: 'L1T3' },
        ],
        codecOptions: { videoGoogleStartBitrate: 1_500 },
        hint: 'motion',
        keepResolution: false,
      };
    case 'clinical':
      // One layer: no viewer may get a softer picture than another, and the encoder spends all on it.
      return {
        encodings: [{ maxBitrate: 6_000_000, scalabilityMode: 'L1T1' }],
        codecOptions: { videoGoogleStartBitrate: 2_500, videoGoogleMaxBitrate: 6_000 },
        hint: 'motion',
        keepResolution: true,
      };
    case 'screen':
      return {
        encodings: [{ maxBitrate: 3_000_000, scalabilityMode: 'L1T1' }],
        codecOptions: { videoGoogleStartBitrate: 1_500 },
        hint: 'detail',
        keepResolution: true,
      };
  }
}

/** Rather fewer frames than fewer lines, where lines are what the picture is for. */
export async function keepResolution(sender: RTCRtpSender | undefined): Promise<void> {
  if (!sender) return;
  const parameters = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string };
  parameters.degradationPreference = 'maintain-resolution';
  // Not every browser has this setting; the picture is as the browser sees fit then.
  await sender.setParameters(parameters).catch(() => undefined);
}
