import { and, arrayOverlaps, eq, isNull } from 'drizzle-orm';
import { HubError, type AccountRole } from '../../signaling/contract/index.ts';
import { account, box, type Transaction } from '../../storage/index.ts';

/**
 * Somebody who may be given a part in a case.
 * @throws {HubError} not_found: no such account, disabled, without any of the roles, or (when one is named) of another institution
 */
export async function eligible(
  tx: Transaction,
  accountId: string,
  { roles, institutionId }: { roles: readonly AccountRole[]; institutionId?: string },
): Promise<{ accountId: string; institutionId: string }> {
  const [found] = await tx
    .select({ accountId: account.id, institutionId: account.institutionId })
    .from(account)
    .where(
      and(
        eq(account.id, accountId),
        isNull(account.disabledAt),
        arrayOverlaps(account.roles, [...roles]),
        institutionId === undefined ? undefined : eq(account.institutionId, institutionId),
      ),
    );
  if (!found) throw new HubError('not_found', 'nobody of that name may do this here');
  return found;
}

/** @throws {HubError} not_found: the institution has no such box at work */
export async function ownBox(tx: Transaction, boxId: string, institutionId: string): Promise<void> {
  const [found] = await tx
    .select({ id: box.id })
    .from(box)
    .where(and(eq(box.id, boxId), eq(box.institutionId, institutionId), eq(box.status, 'enrolled')));
  if (!found) throw new HubError('not_found', 'no such box in this institution');
}
