import type { z } from 'zod';
import type { bookingInput } from '../../../clinic/model/surgery/surgery-data.ts';
import { momentOf } from '../forms/local-time.ts';
import { membersOf, neededTeam, type MemberDraft } from './team-draft.ts';

export interface BookingDraft {
  procedure: string;
  site: string;
  /** Empty until somebody chooses. */
  laterality: string;
  indication: string;
  /** As a `datetime-local` field writes it. */
  scheduledAt: string;
  plannedMinutes: number | null;
  team: MemberDraft[];
  /** Account of who takes over. */
  who: string;
  how: string;
  when: string;
}

export const emptyBooking = (): BookingDraft => ({
  procedure: '',
  site: '',
  laterality: '',
  indication: '',
  scheduledAt: '',
  plannedMinutes: null,
  team: neededTeam(),
  who: '',
  how: '',
  when: '',
});

export type Missing =
  'procedure' | 'site' | 'side' | 'indication' | 'time' | 'past' | 'minutes' | 'team' | 'twice' | 'plan';

/** Only one local surgeon needs no choosing. */
export function whoTakesOver({ team, who }: BookingDraft): string {
  const locals = team.filter(({ role, accountId }) => role === 'local_surgeon' && accountId !== '');
  if (locals.length === 1) return locals[0]!.accountId;
  return locals.some(({ accountId }) => accountId === who) ? who : '';
}

/** What still has to be said, in the order of the form. */
export function missingIn(draft: BookingDraft, nowMs: number): Missing[] {
  const empty = (text: string): boolean => text.trim() === '';
  const atMs = momentOf(draft.scheduledAt);
  const { plannedMinutes: minutes, team } = draft;
  const chosen = team.map(({ accountId }) => accountId).filter((each) => each !== '');
  const missing: [Missing, boolean][] = [
    ['procedure', empty(draft.procedure)],
    ['site', empty(draft.site)],
    ['side', draft.laterality === ''],
    ['indication', empty(draft.indication)],
    ['time', atMs === null],
    ['past', atMs !== null && atMs < nowMs],
    ['minutes', minutes === null || !Number.isInteger(minutes) || minutes < 1 || minutes > 1440],
    ['team', chosen.length < team.length],
    ['twice', new Set(chosen).size < chosen.length],
    ['plan', whoTakesOver(draft) === '' || empty(draft.how) || empty(draft.when)],
  ];
  return missing.filter(([, isMissing]) => isMissing).map(([name]) => name);
}

/** What to send, once nothing is missing. */
export function bookingOf(draft: BookingDraft): z.input<typeof bookingInput> {
  return {
    procedure: draft.procedure.trim(),
    site: draft.site.trim(),
    laterality: draft.laterality as z.input<typeof bookingInput>['laterality'],
    indication: draft.indication.trim(),
    scheduledAtMs: momentOf(draft.scheduledAt) ?? 0,
    plannedMinutes: draft.plannedMinutes ?? 0,
    team: membersOf(draft.team),
    takeoverPlan: { who: whoTakesOver(draft), how: draft.how.trim(), when: draft.when.trim() },
  };
}
