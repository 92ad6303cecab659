import {
  rolesIn,
  type AccountRole,
  type PatientStrip,
  type RoomKind,
  type RoomRole,
} from '../../signaling/contract/index.ts';
import { maskId, maskName } from '../../clinic/model/mask.ts';

export interface PersonChoice {
  accountId: string;
  name: string;
  roles: AccountRole[];
  institutionName: string;
}

export type ParticipantRole = Exclude<RoomRole, 'box' | 'patient'>;

/** What of an account's roles a room of this kind has; the first is the one to propose. */
export function rolesFor(kind: RoomKind, roles: readonly AccountRole[]): ParticipantRole[] {
  const known = rolesIn(kind);
  return roles.filter((role): role is Extract<AccountRole, ParticipantRole> =>
    (known as string[]).includes(role),
  );
}

export interface PatientDraft {
  maskedName: string;
  sex: PatientStrip['sex'];
  age: string | number | null;
  maskedId: string;
  laterality: PatientStrip['laterality'];
}

/** Null when a needed part is missing or cannot be. */
export function patientOf(draft: PatientDraft): PatientStrip | null {
  // Enter sends a form whose field was never left.
  const maskedName = maskName(draft.maskedName);
  const text = String(draft.age ?? '').trim();
  const ageYears = Number(text);
  if (!maskedName || text === '' || !Number.isInteger(ageYears) || ageYears < 0 || ageYears > 150)
    return null;
  return {
    maskedName,
    sex: draft.sex,
    ageYears,
    maskedId: maskId(draft.maskedId),
    laterality: draft.laterality,
  };
}
