import type { LinkSample } from './relay-protocol.ts';
import type { SeenFrame } from './viewer-page.ts';

/** What one run of one publisher left, in ms after the publisher's start. */
export interface Recording {
  publisher: string;
  scenario: string;
  seed: number;
  /** From the engine's being told to publish until a viewer saw the first picture; null when not known. */
  firstFrameMs: number | null;
  frames: SeenFrame[];
  samples: LinkSample[];
  estimates: { atMs: number; kbps: number }[];
}
