import type { CaseActor } from '../../../signaling/contract/index.ts';
import { actionsOf, type Refusal, type Step } from '../workflow.ts';
import { isPast, type ConsultData } from './consult-data.ts';

export type State =
  | 'draft'
  | 'requested'
  | 'claimed'
  | 'returned'
  | 'matched'
  | 'accepted'
  | 'consented'
  | 'ready'
  | 'in_session'
  | 'replacing'
  | 'frozen'
  | 'concluded'
  | 'amending'
  | 'archived'
  | 'declined'
  | 'cancelled'
  | 'stopped';

export const DISPATCHERS: readonly CaseActor[] = ['role:dispatcher'];
export const LOCAL: readonly CaseActor[] = ['as:local_doctor'];
export const SPECIALIST: readonly CaseActor[] = ['as:specialist'];
export const BOTH: readonly CaseActor[] = ['as:local_doctor', 'as:specialist'];

/** Somebody is found or being asked, and nobody is in the room yet. */
export const BEFORE: readonly State[] = ['matched', 'accepted', 'consented', 'ready'];
/** From asking to the signature: wherever the wrong patient may be noticed. */
export const UNDER_WAY: readonly State[] = [
  'requested',
  'claimed',
  'returned',
  ...BEFORE,
  'in_session',
  'concluded',
];

export const step = actionsOf<State, ConsultData>();

export const refuse = (code: Refusal['code'], message: string): Refusal => ({ code, message });
export const consentMissing = ({ consent }: ConsultData): Refusal | null =>
  consent ? null : refuse('out_of_order', 'without the patient’s consent nobody enters the room');
export const past = (_: ConsultData, { startsAtMs }: { startsAtMs: number }, { atMs }: Step<State>) =>
  isPast(startsAtMs, atMs) ? refuse('invalid_message', 'startsAtMs: is past') : null;
export const resumed = ({ resumeAs }: ConsultData): State => resumeAs as State;
export const othersCase = ({ dispatcher }: ConsultData, { accountId }: Pick<Step<State>, 'accountId'>) =>
  dispatcher && dispatcher.accountId !== accountId
    ? refuse('conflict', `taken on by ${dispatcher.name ?? dispatcher.accountId}`)
    : null;
export const notAsked = ({ specialistId }: ConsultData, { accountId }: Step<State>) =>
  specialistId === accountId ? null : refuse('forbidden', 'another specialist was asked');
export const ends = (
  data: ConsultData,
  { reason }: { reason: string },
  { atMs }: Step<State>,
): ConsultData => ({
  ...data,
  ended: { reason, atMs },
});
export const takenOnBy = ({ accountId, actorName = null }: Step<State>): ConsultData['dispatcher'] =>
  accountId === null ? null : { accountId, name: actorName };
