import { and, eq, inArray, sql } from 'drizzle-orm';
import type { AccountPrincipal, Principal } from '../../identity/index.ts';
import { HubError, type CaseKind } from '../../signaling/contract/index.ts';
import { clinicalCase, patient, type Database } from '../../storage/index.ts';
import { readableBy, takesPartIn } from '../cases/access.ts';
import { maskName } from '../model/mask.ts';
import { ageYears, type Sex } from '../model/people/index.ts';
import type { Workflow } from '../model/workflow.ts';
import { may } from './access.ts';
import type { PatientRow } from './patient-view.ts';

/** As much of a patient as somebody needs in a case, and no more. */
export interface CasePatient {
  caseId: string;
  patientId: string;
  /** Masked, 张*华, for those who only choose whom to send. */
  name: string;
  masked: boolean;
  sex: Sex;
  ageYears: number | null;
  idMasked: string | null;
}

/** The patients of cases, for people of any institution: the one way for a guest to see whom a case is about. */
export class CasePatients {
  readonly #db: Database;
  readonly #workflows: Readonly<Record<CaseKind, Workflow>>;
  readonly #now: () => number;

  constructor(parts: { db: Database; workflows: Readonly<Record<CaseKind, Workflow>>; now: () => number }) {
    this.#db = parts.db;
    this.#workflows = parts.workflows;
    this.#now = parts.now;
  }

  /**
   * Whose case it is. The patient itself, those who asked for it, have a function in it, or treat patients where it belongs see the name; whoever else may read
   * the case (a pool of dispatchers or readers) sees it masked.
   * @throws {HubError} not_found, also for a case that is there but not this person's to know of
   */
  async ofCase(principal: Principal, caseId: string): Promise<CasePatient> {
    if (principal.kind === 'account') {
      const found = (await this.ofCases(principal, [caseId])).get(caseId);
      if (found) return found;
    }
    if (principal.kind === 'patient' && principal.caseId === caseId) {
      const [own] = await this.#db
        .select({ patient })
        .from(clinicalCase)
        .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
        .where(eq(clinicalCase.id, caseId));
      if (own) return this.#view(caseId, own.patient, true);
    }
    throw new HubError('not_found', 'no such case');
  }

  /** The same of a list's cases at once; what the person may not read is not in the answer. */
  async ofCases(person: AccountPrincipal, caseIds: readonly string[]): Promise<Map<string, CasePatient>> {
    if (caseIds.length === 0) return new Map();
    const rows = await this.#db
      .select({
        caseId: clinicalCase.id,
        institutionId: clinicalCase.institutionId,
        requestedBy: clinicalCase.requestedBy,
        takesPart: sql<boolean>`${takesPartIn(this.#db, person)}`,
        patient,
      })
      .from(clinicalCase)
      .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
      .where(and(inArray(clinicalCase.id, [...caseIds]), readableBy(this.#db, this.#workflows, person)));
    const treatsAtHome = may(person, 'patient.read');
    return new Map(
      rows.map(({ caseId, institutionId, requestedBy, takesPart, patient: row }) => {
        const atHome = treatsAtHome && institutionId === person.institutionId;
        const knows = takesPart || requestedBy === person.accountId || atHome;
        return [caseId, this.#view(caseId, row, knows)];
      }),
    );
  }

  #view(caseId: string, row: PatientRow, knows: boolean): CasePatient {
    return {
      caseId,
      patientId: row.id,
      name: knows ? row.name : maskName(row.name),
      masked: !knows,
      sex: row.sex,
      ageYears: row.birthDate === null ? null : ageYears(row.birthDate, this.#now()),
      idMasked: row.idMasked,
    };
  }
}
