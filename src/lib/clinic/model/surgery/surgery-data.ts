import { z } from 'zod';
import { lateralitySchema, lineSchema, paragraphSchema } from '../../../signaling/contract/index.ts';
import { commandOf, type Command } from './authority.ts';
import type { ChecklistName, ItemConfirmation } from './checklist.ts';
import { FIGURES_STAND_MS, isStanding, type Rehearsal } from './rehearsal.ts';
import { takeoverPlanSchema, teamProblem, teamSchema, type TakeoverPlan, type TeamMember } from './team.ts';

export const bookingInput = z
  .strictObject({
    procedure: lineSchema,
    site: lineSchema,
    laterality: lateralitySchema,
    indication: paragraphSchema,
    /** Hub time, ms since 1970. */
    scheduledAtMs: z.int().min(0).max(8.64e15),
    plannedMinutes: z.int().min(1).max(1440),
    team: teamSchema,
    takeoverPlan: takeoverPlanSchema,
  })
  .superRefine(({ team, takeoverPlan }, context) => {
    const problem = teamProblem(team, takeoverPlan);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
type Booking = z.output<typeof bookingInput>;

export interface SurgeryData extends Command {
  booking: Omit<Booking, 'team' | 'takeoverPlan'>;
  team: readonly TeamMember[];
  takeoverPlan: TakeoverPlan;
  /** Names everybody of the team; null until the patient has signed for these people. */
  consent: { reference: string; accountIds: readonly string[]; atMs: number } | null;
  roomOpen: boolean;
  rehearsal: Rehearsal | null;
  /** Who has said go, on the figures of this rehearsal. */
  go: readonly string[];
  checklists: Readonly<Record<ChecklistName, readonly ItemConfirmation[]>>;
  link: 'good' | 'red';
  /** To be said aloud, and shown to everybody. */
  announcement: { kind: 'takeover' | 'link_red' | 'link_good'; accountId: string; atMs: number } | null;
  stopped: { kind: 'no_go' | 'wrong_side'; by: string | null; reason: string | null; atMs: number } | null;
  aborted: { reason: string; by: string | null; atMs: number } | null;
}

const NOTHING_CHECKED: SurgeryData['checklists'] = { sign_in: [], time_out: [], sign_out: [] };

/** Until the operation begins, and once it is over, the patient is the local surgeon's. */
export const bookedAs = ({ team, takeoverPlan, ...booking }: Booking, atMs: number): SurgeryData => ({
  ...commandOf(takeoverPlan.who, atMs),
  booking,
  team,
  takeoverPlan,
  consent: null,
  roomOpen: false,
  rehearsal: null,
  go: [],
  checklists: NOTHING_CHECKED,
  link: 'good',
  announcement: null,
  stopped: null,
  aborted: null,
});

/** What was prepared with other people, or for another plan, is to be done again. */
export const unprepared = (data: SurgeryData): SurgeryData => ({
  ...data,
  consent: null,
  rehearsal: null,
  go: [],
  checklists: NOTHING_CHECKED,
});

export const stoppedBy = (data: SurgeryData, stopped: NonNullable<SurgeryData['stopped']>): SurgeryData => ({
  ...data,
  stopped,
  go: [],
  checklists: NOTHING_CHECKED,
});

/** The two whose word it needs: who operates, and who would take over. */
export function votersOf({ team, takeoverPlan }: SurgeryData): string[] {
  const operating = team.find(({ role }) => role === 'operating_surgeon');
  return [...(operating ? [operating.accountId] : []), takeoverPlan.who];
}

export const bothSaidGo = (data: SurgeryData): boolean =>
  votersOf(data).every((accountId) => data.go.includes(accountId));

/** Why these figures do not carry an operation now; null when they do. */
export function figuresProblem({ rehearsal }: SurgeryData, atMs: number): string | null {
  if (!rehearsal) return 'no rehearsal';
  if (rehearsal.judgement === 'no_go') return 'the rehearsal says no-go';
  if (isStanding(rehearsal.figures, atMs)) return null;
  return `figures older than ${FIGURES_STAND_MS / 60_000} minutes: rehearse again`;
}

export const SURGERY_PHASES = [
  'planning',
  'rehearsal',
  'sign_in',
  'time_out',
  'operating',
  'sign_out',
  'debrief',
  'over',
] as const;
export type SurgeryPhase = (typeof SURGERY_PHASES)[number];
