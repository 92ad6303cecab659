import { z } from 'zod';
import { lateralitySchema, lineSchema } from '../../../signaling/contract/index.ts';
import { surgeryRoleSchema, type SurgeryRole } from './team.ts';

const ALL = ['operating_surgeon', 'local_surgeon', 'anaesthetist', 'nurse'] as const;
const SURGEONS = ['operating_surgeon', 'local_surgeon'] as const;

/**
 * WHO Surgical Safety Checklist (2009): each item, and one of whom each has to confirm it by name. The last two of the time-out are ours, for an
 * operation over a link.
 */
export const CHECKLISTS = {
  /** Before anaesthesia. */
  sign_in: {
    identity_site_procedure_consent: ['local_surgeon', 'anaesthetist', 'nurse'],
    site_marked: ['local_surgeon'],
    anaesthesia_checked: ['anaesthetist'],
    pulse_oximeter_on: ['anaesthetist'],
    allergies_known: ['anaesthetist'],
    airway_and_aspiration_risk: ['anaesthetist'],
    blood_loss_risk: ['anaesthetist'],
  },
  /** Before the first cut. */
  time_out: {
    team_introduced: ALL,
    patient_site_procedure: ALL,
    antibiotic_prophylaxis: ['anaesthetist'],
    critical_steps: ['operating_surgeon'],
    anaesthesia_concerns: ['anaesthetist'],
    sterility_and_equipment: ['nurse'],
    imaging_displayed: ['nurse'],
    authority_named: SURGEONS,
    takeover_plan_read: SURGEONS,
  },
  /** Before the patient leaves. */
  sign_out: {
    procedure_recorded: ['nurse'],
    counts_complete: ['nurse'],
    specimens_labelled: ['nurse'],
    equipment_problems: ['nurse'],
    recovery_concerns: ['local_surgeon', 'anaesthetist', 'nurse'],
  },
} as const satisfies Record<string, Record<string, readonly SurgeryRole[]>>;
export type ChecklistName = keyof typeof CHECKLISTS;

/** Where the side is said aloud, and compared. */
const WITH_SIDE: readonly string[] = ['identity_site_procedure_consent', 'patient_site_procedure'];
export const isSaidWithSide = (item: string): boolean => WITH_SIDE.includes(item);

export const confirmItemInput = z
  .strictObject({
    item: z.string().max(64),
    as: surgeryRoleSchema,
    answer: z.enum(['confirmed', 'not_applicable']).default('confirmed'),
    laterality: lateralitySchema.optional(),
    note: lineSchema.optional(),
  })
  .refine(({ item, laterality }) => !isSaidWithSide(item) || laterality !== undefined, {
    error: 'this item is confirmed with its side',
  });

export interface ItemConfirmation {
  item: string;
  as: SurgeryRole;
  by: string;
  answer: 'confirmed' | 'not_applicable';
  note: string | null;
  atMs: number;
}

export function confirmersOf(list: ChecklistName, item: string): readonly SurgeryRole[] {
  const items: Readonly<Record<string, readonly SurgeryRole[]>> = CHECKLISTS[list];
  return Object.hasOwn(items, item) ? (items[item] ?? []) : [];
}

/** What is still to be said in a list, and by whom. */
export function openItems(
  list: ChecklistName,
  done: readonly ItemConfirmation[],
): { item: string; as: SurgeryRole }[] {
  return Object.keys(CHECKLISTS[list]).flatMap((item) =>
    confirmersOf(list, item)
      .filter((as) => !done.some((each) => each.item === item && each.as === as))
      .map((as) => ({ item, as })),
  );
}
