import type { PatientStrip } from '../../signaling/contract/index.ts';

/** A case's patient in the form of the strip that all clinical views share. */
export function stripOf(
  patient: {
    name: string;
    sex: PatientStrip['sex'];
    ageYears: number | null;
    idMasked: string | null;
  },
  laterality: string | null,
): PatientStrip {
  return {
    maskedName: patient.name,
    sex: patient.sex,
    ageYears: patient.ageYears,
    maskedId: patient.idMasked ?? '',
    laterality: (laterality ?? 'unset') as PatientStrip['laterality'],
  };
}
