import { and, eq, inArray, isNull, or } from 'drizzle-orm';
import { accountPrincipalId } from '../../identity/index.ts';
import {
  account,
  caseParticipant,
  clinicalCase,
  contactPreference,
  patient,
  webhook,
  type Transaction,
} from '../../storage/index.ts';

type Channel = 'in_app' | 'email' | 'webhook' | 'sms';

export interface Recipient {
  /** `a_…` an account, `p_…` a patient, `i_…` a webhook of an institution. */
  recipient: string;
  channel: Channel;
}

export const patientRecipient = (patientId: string): string => `p_${patientId}`;
export const webhookRecipient = (webhookId: string): string => `i_${webhookId}`;

/** What comes after the two letters that say who it is. */
export const idOfRecipient = (recipient: string): string => recipient.slice(2);

/** Everybody who takes part in a case, whoever asked for it and its patient, each by what they can be reached by. */
export async function peopleOf(
  tx: Transaction,
  caseId: string,
  moreAccountIds: readonly string[] = [],
): Promise<Recipient[]> {
  const [of] = await tx
    .select({
      requestedBy: clinicalCase.requestedBy,
      patientId: patient.id,
      phone: patient.phone,
      guardian: patient.guardian,
    })
    .from(clinicalCase)
    .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
    .where(eq(clinicalCase.id, caseId));
  if (!of) return [];
  const named = [...moreAccountIds, ...(of.requestedBy === null ? [] : [of.requestedBy])];
  const takingPart = tx
    .select({ accountId: caseParticipant.accountId })
    .from(caseParticipant)
    .where(eq(caseParticipant.caseId, caseId));
  const accounts = await tx
    .select({ id: account.id, email: contactPreference.email, emailOn: contactPreference.emailOn })
    .from(account)
    .leftJoin(contactPreference, eq(contactPreference.accountId, account.id))
    .where(and(isNull(account.disabledAt), or(inArray(account.id, takingPart), inArray(account.id, named))));
  const people = accounts.flatMap(({ id, email, emailOn }): Recipient[] => {
    const recipient = accountPrincipalId(id);
    const inApp: Recipient = { recipient, channel: 'in_app' };
    return emailOn === true && email !== null ? [inApp, { recipient, channel: 'email' }] : [inApp];
  });
  const hasPhone = of.phone !== null || (of.guardian?.phone ?? null) !== null;
  if (hasPhone) people.push({ recipient: patientRecipient(of.patientId), channel: 'sms' });
  return people;
}

/** The other systems of these institutions. */
export async function systemsOf(
  tx: Transaction,
  caseId: string,
  institutionId: string,
): Promise<Recipient[]> {
  const owner = tx
    .select({ id: clinicalCase.institutionId })
    .from(clinicalCase)
    .where(eq(clinicalCase.id, caseId));
  const rows = await tx
    .select({ id: webhook.id })
    .from(webhook)
    .where(
      and(
        isNull(webhook.disabledAt),
        or(eq(webhook.institutionId, institutionId), inArray(webhook.institutionId, owner)),
      ),
    );
  return rows.map(({ id }) => ({ recipient: webhookRecipient(id), channel: 'webhook' }));
}
