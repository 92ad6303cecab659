export type { CasePatient } from './case-patients.ts';
export type { DepartmentView } from './departments.ts';
export type { LikelyDuplicate, LikelyDuplicates, Likeness, LookAlike } from './look-alikes.ts';
export type { MergeView } from './merges.ts';
export type { FoundPatient } from './patient-search.ts';
export type { PatientView } from './patient-view.ts';
export type { PractitionerFilter, PractitionerView } from './practitioners.ts';
export { People } from './people.ts';
