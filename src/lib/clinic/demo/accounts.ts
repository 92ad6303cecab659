import { and, inArray, isNull, sql } from 'drizzle-orm';
import { accountPrincipalId, type AccountPrincipal } from '../../identity/index.ts';
import { account, type Database, type Transaction } from '../../storage/index.ts';

type AccountRow = typeof account.$inferSelect;

/**
 * For what the demo hospital is given: its accounts by their user names, those that stand. Only one node does any of it at a time; who comes
 * later sees what the first one did.
 */
export async function withDemoAccounts(
  db: Database,
  usernames: readonly string[],
  seed: (tx: Transaction, accounts: ReadonlyMap<string, AccountRow>) => Promise<void>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('rui-demo'))`);
    const rows = await tx
      .select()
      .from(account)
      .where(and(inArray(account.username, [...usernames]), isNull(account.disabledAt)));
    await seed(tx, new Map(rows.map((row) => [row.username, row])));
  });
}

export function principalOf({
  id,
  displayName,
  roles,
  institutionId,
}: typeof account.$inferSelect): AccountPrincipal {
  return {
    kind: 'account',
    principalId: accountPrincipalId(id),
    accountId: id,
    name: displayName,
    roles,
    institutionId,
  };
}
