import type { OpenedCase } from '$lib/clinic/index.ts';
import { DOCUMENTS } from '$lib/clinic/model/documents/document-kinds.ts';
import type { ExamData } from '$lib/clinic/model/workflows/exam.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { ExamExtras } from '$lib/ui/case/exam/extras.ts';

/** Before the examination there is nothing to report. */
const WRITING: readonly string[] = ['examining', 'drafting'];
/** Its pictures are all there. */
const EXAMINED: readonly string[] = ['drafting', 'reported', 'closed'];

export async function examExtras(
  { clinic, identity }: App.Locals['hub'],
  person: AccountPrincipal,
  found: OpenedCase,
): Promise<ExamExtras> {
  const { boxId } = found.data as ExamData;
  const [documents, mayWriteReport, attachments, mayAttach, accounts, boxes] = await Promise.all([
    clinic.documents.list(person, found.caseId),
    clinic.documents.mayWrite(person, found.caseId, 'report'),
    clinic.attachments.list(person, found.caseId),
    clinic.attachments.mayAdd(person, found.caseId),
    identity.accounts.list(),
    identity.boxes.list(found.institutionId),
  ]);
  const own = found.participants.filter(({ accountId }) => accountId === person.accountId);
  const isHome = person.institutionId === found.institutionId;
  return {
    holdsProbe: own.some(({ function: as }) => as === 'sonographer'),
    experts: found.actions.includes('assignExpert')
      ? accounts
          .filter(({ roles }) => roles.includes('specialist'))
          .map(({ accountId, name, institutionName }) => ({ accountId, name, institutionName }))
      : [],
    boxes: found.actions.includes('attachBox')
      ? boxes
          .filter(({ status }) => status === 'enrolled')
          .map((box) => ({ boxId: box.boxId, name: box.name }))
      : [],
    boxName: boxes.find((box) => box.boxId === boxId)?.name ?? null,
    documents: documents.filter(({ kind }) => kind === 'report'),
    reportSections: DOCUMENTS.report.sections,
    mayWriteReport: mayWriteReport && WRITING.includes(found.state),
    maySendToReading:
      isHome &&
      EXAMINED.includes(found.state) &&
      person.roles.some((role) => role === 'rural_doctor' || role === 'sonographer'),
    attachments,
    mayAttach,
    names: Object.fromEntries(accounts.map(({ accountId, name }) => [accountId, name])),
  };
}
