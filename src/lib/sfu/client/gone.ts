import { HubError } from '../../signaling/contract/index.ts';

/** What is gone already needs no closing, and what went away meanwhile no opening. */
export function ignoreGone(error: unknown): void {
  if (!(error instanceof HubError) || error.code !== 'not_found') throw error;
}
