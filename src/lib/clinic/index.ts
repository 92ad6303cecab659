export { Clinic } from './clinic.ts';
export type { CaseFilter, CaseHappening, CaseView, OpenedCase } from './cases/case-view.ts';
export type { Home, HomeRow } from './home/what-needs-me.ts';
export { seedDemoPeople } from './demo/people.ts';
export { seedDemoSurgery } from './demo/surgery.ts';
export { seedDemoSlots } from './demo/slots.ts';
