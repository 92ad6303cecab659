import type { NetworkFigures } from '../../sfu/client/index.ts';

export type NetworkGrade = 'good' | 'fair' | 'poor' | 'none';

export interface NetworkCheck {
  grade: NetworkGrade;
  /** Null when the hub was not reached. */
  rttMs: number | null;
}

/** Two ways of 150 ms: what ITU-T G.114 prefers for voice. */
const FAIR_BELOW_MS = 300;
/** Ours: leaves two thirds of that for codecs and buffers. */
const GOOD_BELOW_MS = 100;

/** The network in one word. Its spread counts in full: buffers grow to the worst, not to the mean. */
export function gradeNetwork({ rttMs, jitterMs, failedFraction }: NetworkFigures): NetworkCheck {
  if (!Number.isFinite(rttMs)) return { grade: 'none', rttMs: null };
  const worstMs = rttMs + jitterMs;
  const shown = Math.round(rttMs);
  if (failedFraction > 0 || worstMs >= 2 * FAIR_BELOW_MS || rttMs >= FAIR_BELOW_MS)
    return { grade: 'poor', rttMs: shown };
  return { grade: rttMs < GOOD_BELOW_MS && worstMs < FAIR_BELOW_MS ? 'good' : 'fair', rttMs: shown };
}
