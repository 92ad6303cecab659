import type { OpenedCase } from '$lib/clinic/index.ts';
import { DOCUMENTS, unwritten } from '$lib/clinic/model/documents/document-kinds.ts';
import type { SurgeryData } from '$lib/clinic/model/surgery/surgery-data.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { SurgeryExtras, TeamChoice } from '$lib/ui/case/surgery/extras.ts';

/** Before it is over there is nothing to look back on. */
const WRITING: readonly string[] = ['signing_out', 'debriefing'];

type Account = Awaited<ReturnType<App.Locals['hub']['identity']['accounts']['list']>>[number];

/** Who could be named for a role, as seen from the house where the patient lies. */
export const choicesFrom = (accounts: readonly Account[], institutionId: string): TeamChoice[] =>
  accounts.map(({ accountId, name, roles, institutionName, institutionId: of }) => ({
    accountId,
    name,
    roles,
    institutionName,
    isOwn: of === institutionId,
  }));

export async function surgeryExtras(
  { clinic, identity }: App.Locals['hub'],
  person: AccountPrincipal,
  found: OpenedCase,
): Promise<SurgeryExtras> {
  const { caseId, institutionId, state } = found;
  const data = found.data as SurgeryData;
  const opensRoom = found.actions.includes('openRoom') && !data.roomOpen;
  const [all, mayWrite, attachments, mayAttach, accounts, boxes] = await Promise.all([
    clinic.documents.list(person, caseId),
    clinic.documents.mayWrite(person, caseId, 'debrief'),
    clinic.attachments.list(person, caseId),
    clinic.attachments.mayAdd(person, caseId),
    identity.accounts.list(),
    opensRoom ? identity.boxes.list(institutionId) : [],
  ]);
  const documents = all.filter(({ kind }) => kind === 'debrief');
  const draft = documents.find((each) => each.state === 'draft');
  return {
    me: person.accountId,
    people: found.actions.includes('replaceMember') ? choicesFrom(accounts, institutionId) : [],
    boxes: boxes.filter(({ status }) => status === 'enrolled').map(({ boxId, name }) => ({ boxId, name })),
    documents,
    debriefSections: DOCUMENTS.debrief.sections,
    mayWriteDebrief: mayWrite && WRITING.includes(state),
    isDebriefComplete: draft !== undefined && unwritten('debrief', draft.sections).length === 0,
    attachments,
    mayAttach,
    names: Object.fromEntries(accounts.map(({ accountId, name }) => [accountId, name])),
  };
}
