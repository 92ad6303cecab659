import type { OpenedCase } from '$lib/clinic/index.ts';
import { DOCUMENTS } from '$lib/clinic/model/documents/document-kinds.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { OutpatientExtras } from '$lib/ui/case/outpatient/extras.ts';
import { doctorsFor } from '../../visits/doctors.ts';
import { doctorIdOf, freeTimes } from '../../visits/free-times.ts';

/** While the doctor writes; before the identity was checked nothing is. */
const WRITING: readonly string[] = ['in_visit', 'concluding', 'returned'];
const CHOOSING: readonly string[] = ['booking', 'booked'];

export async function outpatientExtras(
  hub: App.Locals['hub'],
  person: AccountPrincipal,
  found: OpenedCase,
): Promise<OutpatientExtras> {
  const { clinic, identity } = hub;
  const { caseId, state, closedAtMs } = found;
  const chooses =
    CHOOSING.includes(state) && (found.actions.includes('book') || found.actions.includes('reschedule'));
  const [triage, preConsult, slots, { doctors, extraFor }, place, documents, mayWriteNote, accounts] =
    await Promise.all([
      clinic.outpatient.questions(person, caseId, 'triage'),
      clinic.outpatient.questions(person, caseId, 'pre-consult'),
      chooses ? freeTimes(hub, doctorIdOf(found)) : [],
      doctorsFor(hub, person),
      clinic.outpatient.place(person, caseId),
      clinic.documents.list(person, caseId),
      clinic.documents.mayWrite(person, caseId, 'note'),
      identity.accounts.list(),
    ]);
  const isDoctor = found.participants.some(
    (each) => each.accountId === person.accountId && each.function === 'clinic_doctor',
  );
  const atHome = found.institutionId === person.institutionId && !person.roles.includes('pharmacist');
  const isIdentified = (found.data as { identity: unknown }).identity !== null;
  return {
    triage: triage.questionnaire,
    preConsult: preConsult.questionnaire,
    facts: triage.facts,
    slots,
    doctors,
    extraFor: chooses ? extraFor : [],
    place,
    note: documents.find(({ kind, state: of }) => kind === 'note' && of === 'draft') ?? null,
    noteSections: DOCUMENTS.note.sections,
    mayWriteNote: mayWriteNote && WRITING.includes(state) && isIdentified,
    mayWritePrescription: isDoctor && found.actions.includes('writePrescription') && isIdentified,
    mayGiveLink: closedAtMs === null && state !== 'frozen' && (atHome || isDoctor),
    names: Object.fromEntries(accounts.map(({ accountId, name }) => [accountId, name])),
  };
}
