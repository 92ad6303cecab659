import { m } from '../../paraglide/messages.js';

/** By which step a reader takes a study that lies in this state. */
export const CLAIMS = {
  waiting: 'claim',
  awaiting_second: 'claimSecond',
  discrepant: 'claimAdjudication',
} as const;
export type Claim = (typeof CLAIMS)[keyof typeof CLAIMS];

export const claimOf = (state: string): Claim | null =>
  Object.hasOwn(CLAIMS, state) ? CLAIMS[state as keyof typeof CLAIMS] : null;

const WORD: Record<Claim, () => string> = {
  claim: m.reading_step_claim,
  claimSecond: m.reading_step_claim_second,
  claimAdjudication: m.reading_step_claim_adjudication,
};
export const claimText = (claim: Claim): string => WORD[claim]();
