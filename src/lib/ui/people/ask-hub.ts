import { askHub } from '../shell/ask-hub.ts';
import type { LookAlikeRow } from './look-alike-row.ts';
import type { PatientRow } from './patient-row.ts';

/** At most 20; those that changed last when nothing is looked for. */
export async function findPatients(text: string, stop: AbortSignal): Promise<PatientRow[]> {
  return (await askHub<{ patients: PatientRow[] }>('/patients/search', { body: { text }, stop })).patients;
}

/** @throws {AskFailure} not_found, … */
export async function patientById(patientId: string): Promise<PatientRow> {
  return (await askHub<{ patient: PatientRow }>('/patients/search', { body: { patientId } })).patient;
}

/** Registered, or the records that may be the same person's and that are not among `seen` yet. */
export async function registerPatient(
  patient: object,
  seen: readonly string[],
): Promise<{ registered: PatientRow } | { lookAlikes: LookAlikeRow[] }> {
  return askHub('/patients/register', { body: { patient, seen } });
}
