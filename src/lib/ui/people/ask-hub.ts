import type { ErrorCode } from '../../signaling/contract/index.ts';
import type { LookAlikeRow } from './look-alike-row.ts';
import type { PatientRow } from './patient-row.ts';

/** What the hub refused, or that it did not answer; for `errorText`. */
export class AskFailure extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/** A hub that takes longer is as good as away. */
const ANSWER_WITHIN_MS = 20_000;

/** In the body, because addresses end up in logs and histories. @throws {AskFailure} @throws {DOMException} AbortError */
async function post<T>(path: string, body: object, stop?: AbortSignal): Promise<T> {
  const patience = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: stop ? AbortSignal.any([stop, patience]) : patience,
    });
    // Signed out meanwhile: the answer is the login page.
    if (response.redirected) throw new AskFailure('unauthenticated');
    const answer = (await response.json()) as T & { error?: { code?: ErrorCode } };
    if (!response.ok) throw new AskFailure(answer.error?.code ?? 'internal');
    return answer;
  } catch (error) {
    if (error instanceof AskFailure || stop?.aborted) throw error;
    throw new AskFailure('unavailable');
  }
}

/** At most 20; those that changed last when nothing is looked for. */
export async function findPatients(text: string, stop: AbortSignal): Promise<PatientRow[]> {
  return (await post<{ patients: PatientRow[] }>('/patients/search', { text }, stop)).patients;
}

/** @throws {AskFailure} not_found, … */
export async function patientById(patientId: string): Promise<PatientRow> {
  return (await post<{ patient: PatientRow }>('/patients/search', { patientId })).patient;
}

/** Registered, or the records that may be the same person's and that are not among `seen` yet. */
export async function registerPatient(
  patient: object,
  seen: readonly string[],
): Promise<{ registered: PatientRow } | { lookAlikes: LookAlikeRow[] }> {
  return post('/patients/register', { patient, seen });
}
