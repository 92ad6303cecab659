import type { OpenedCase } from '$lib/clinic/index.ts';
import { DOCUMENTS } from '$lib/clinic/model/documents/document-kinds.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { ConsultExtras } from '$lib/ui/case/consult/extras.ts';
import type { Specialty } from '$lib/signaling/contract/index.ts';

/** Those of the wished specialty first; a dispatcher may know better, so nobody is left out. */
async function everyCandidate(
  { consults }: App.Locals['hub']['clinic'],
  person: AccountPrincipal,
  specialty: Specialty | null,
): Promise<ConsultExtras['candidates']> {
  const all = await consults.candidates(person, { specialty: null });
  if (specialty === null) return all;
  const wished = await consults.candidates(person, { specialty });
  const first = new Set(wished.map(({ accountId }) => accountId));
  return [...wished, ...all.filter(({ accountId }) => !first.has(accountId))];
}

/** Before the consult has begun there is nothing to give an opinion on. */
const WRITING: readonly string[] = ['in_session', 'amending'];

export async function consultExtras(
  { clinic, identity }: App.Locals['hub'],
  person: AccountPrincipal,
  found: OpenedCase,
): Promise<ConsultExtras> {
  const dispatches = person.roles.includes('dispatcher') && found.closedAtMs === null;
  const { specialty = null } = (found.data as { request: { specialty?: Specialty | null } }).request;
  const [documents, mayWriteOpinion, attachments, mayAttach, accounts, candidates] = await Promise.all([
    clinic.documents.list(person, found.caseId),
    clinic.documents.mayWrite(person, found.caseId, 'opinion'),
    clinic.attachments.list(person, found.caseId),
    clinic.attachments.mayAdd(person, found.caseId),
    identity.accounts.list(),
    dispatches ? everyCandidate(clinic, person, specialty) : null,
  ]);
  const others = (['interpreter', 'observer'] as const).flatMap((role) =>
    accounts
      .filter(({ roles }) => roles.includes(role))
      .map(({ accountId, name, institutionName }) => ({ accountId, name, function: role, institutionName })),
  );
  return {
    candidates,
    documents: documents.filter(({ kind }) => kind === 'opinion'),
    opinionSections: DOCUMENTS.opinion.sections,
    mayWriteOpinion: mayWriteOpinion && WRITING.includes(found.state),
    mayAttach,
    attachments,
    others: dispatches ? others : null,
    names: Object.fromEntries(accounts.map(({ accountId, name }) => [accountId, name])),
  };
}
