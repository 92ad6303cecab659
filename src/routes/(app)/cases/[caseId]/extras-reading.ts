import type { OpenedCase } from '$lib/clinic/index.ts';
import { DOCUMENTS } from '$lib/clinic/model/documents/document-kinds.ts';
import { turnaroundDueAtMs, type ReadingData } from '$lib/clinic/model/reading/reading-data.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { ReadingExtras } from '$lib/ui/case/reading/extras.ts';

export async function readingExtras(
  { clinic, identity }: App.Locals['hub'],
  person: AccountPrincipal,
  found: OpenedCase,
): Promise<ReadingExtras> {
  const data = found.data as ReadingData;
  const [documents, attachments, mayAttach, suggestions, accounts] = await Promise.all([
    clinic.documents.list(person, found.caseId),
    clinic.attachments.list(person, found.caseId),
    clinic.attachments.mayAdd(person, found.caseId),
    clinic.diagnosisCentre.suggestions.list(person, found.caseId),
    identity.accounts.list(),
  ]);
  return {
    hasItInHand: data.holderId === person.accountId,
    hasReadIt: [data.first?.by, data.second?.by].includes(person.accountId),
    isOfThisHouse: person.institutionId === found.institutionId,
    owedAtMs: data.result === null ? turnaroundDueAtMs(data, found.urgency) : null,
    documents: documents.filter(({ kind, state }) => kind === 'report' && state === 'final'),
    reportSections: DOCUMENTS.report.sections,
    suggestions,
    attachments,
    mayAttach,
    names: Object.fromEntries(accounts.map(({ accountId, name }) => [accountId, name])),
  };
}
