import type { EngineConfig } from '../engine.ts';

/** Room to spare before faces come back, so that they do not come and go. */
const RELEASE_FACTOR = 1.2;

/**
 * Whether faces have to stand still so that the clinical pictures keep their floor. libwebrtc shares its estimate among all pictures alike
 * and this binding cannot tell it otherwise; but a picture that gets no frames loses its share within two seconds.
 */
export function facesHeld(held: boolean, estimateKbps: number | null, config: EngineConfig): boolean {
  if (estimateKbps === null || !config.video.some(({ streamClass }) => streamClass === 'clinical'))
    return false;
  const floorKbps = config.video.reduce((sum, feed) => sum + feed.minBitrateKbps, 0);
  const neededKbps = floorKbps + (config.audio?.bitrateKbps ?? 0);
  return estimateKbps < neededKbps * (held ? RELEASE_FACTOR : 1);
}
