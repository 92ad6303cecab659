import { practitionerSchema, type PractitionerInput } from '../../clinic/model/people/index.ts';
import type { PractitionerView } from '../../clinic/people/index.ts';
import type { AccountRole, Specialty } from '../../signaling/contract/index.ts';

/** Somebody who works here, described or not yet. */
export interface Colleague {
  accountId: string;
  name: string;
  roles: AccountRole[];
  practitioner: PractitionerView | null;
}

/** A practitioner as a form holds it: text everywhere, nothing missing. */
export interface PractitionerDraft {
  realName: string;
  licenceNumber: string;
  title: string;
  specialties: Specialty[];
  /** Empty for none. */
  departmentId: string;
  introduction: string;
}

export const practitionerDraftOf = ({ name, practitioner }: Colleague): PractitionerDraft => ({
  realName: practitioner?.realName ?? name,
  licenceNumber: practitioner?.licenceNumber ?? '',
  title: practitioner?.title ?? '',
  specialties: [...(practitioner?.specialties ?? [])],
  departmentId: practitioner?.departmentId ?? '',
  introduction: practitioner?.introduction ?? '',
});

export const practitionerOf = (draft: PractitionerDraft): PractitionerInput => ({
  ...draft,
  licenceNumber: draft.licenceNumber.trim() || null,
  departmentId: draft.departmentId || null,
  introduction: draft.introduction.trim() || null,
});

/** The names of the fields that the hub would refuse. */
export function wrongOf(draft: PractitionerDraft): Set<string> {
  const { error } = practitionerSchema.safeParse(practitionerOf(draft));
  return new Set(error?.issues.map(({ path }) => String(path[0])));
}
