import type { CaseKind } from '../../signaling/contract/index.ts';
import type { Database } from '../../storage/index.ts';
import type { Workflow } from '../model/workflow.ts';
import { CasePatients } from './case-patients.ts';
import { Departments } from './departments.ts';
import { DocumentDigest } from './document-digest.ts';
import { LookAlikes } from './look-alikes.ts';
import { PatientMerges } from './merges.ts';
import { PatientSearch } from './patient-search.ts';
import { Patients } from './patients.ts';
import { Practitioners } from './practitioners.ts';

/** Who there is: the patients of an institution, and those who work there. */
export class People {
  readonly patients: Patients;
  readonly search: PatientSearch;
  readonly lookAlikes: LookAlikes;
  readonly merges: PatientMerges;
  readonly casePatients: CasePatients;
  readonly practitioners: Practitioners;
  readonly departments: Departments;

  constructor(parts: {
    db: Database;
    workflows: Readonly<Record<CaseKind, Workflow>>;
    /** See `PATIENT_ID_KEY` among the settings. */
    patientIdKey: string;
    now: () => number;
  }) {
    const digest = new DocumentDigest(parts.patientIdKey);
    this.patients = new Patients({ ...parts, digest });
    this.search = new PatientSearch({ ...parts, digest });
    this.lookAlikes = new LookAlikes({ ...parts, digest });
    this.merges = new PatientMerges(parts);
    this.casePatients = new CasePatients(parts);
    this.practitioners = new Practitioners(parts);
    this.departments = new Departments(parts);
  }
}
