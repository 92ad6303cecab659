import { and, asc, eq, isNull } from 'drizzle-orm';
import { HubError, type AccountRole } from '../signaling/contract/index.ts';
import { account, institution, isUniqueViolation, session, type Database } from '../storage/index.ts';
import { guarded } from './guarded.ts';
import { accountPrincipalId, newId } from './ids.ts';
import { hashPassword } from './password.ts';

export interface AccountSummary {
  accountId: string;
  username: string;
  name: string;
  roles: AccountRole[];
  institutionId: string;
  institutionName: string;
}

export function createAccounts({ db, revoked }: { db: Database; revoked: (principalId: string) => void }) {
  return {
    /** All that are not disabled, of every institution: a consult is between institutions. */
    list: guarded(async (): Promise<AccountSummary[]> =>
      db
        .select({
          accountId: account.id,
          username: account.username,
          name: account.displayName,
          roles: account.roles,
          institutionId: account.institutionId,
          institutionName: institution.name,
        })
        .from(account)
        .innerJoin(institution, eq(institution.id, account.institutionId))
        .where(isNull(account.disabledAt))
        .orderBy(asc(institution.name), asc(account.username)),
    ),

    /** How the institution of an account is called; null for no such institution. */
    institutionName: guarded(async (institutionId: string): Promise<string | null> => {
      const [found] = await db
        .select({ name: institution.name })
        .from(institution)
        .where(eq(institution.id, institutionId));
      return found?.name ?? null;
    }),

    /** @throws {HubError} conflict when the user name is taken */
    create: guarded(
      async (made: {
        username: string;
        name: string;
        password: string;
        roles: AccountRole[];
        institutionId: string;
      }): Promise<{ accountId: string }> => {
        const accountId = newId();
        try {
          await db.insert(account).values({
            id: accountId,
            username: made.username.trim().toLowerCase(),
            displayName: made.name,
            passwordHash: await hashPassword(made.password),
            roles: made.roles,
            institutionId: made.institutionId,
          });
        } catch (error) {
          if (isUniqueViolation(error)) throw new HubError('conflict', 'this user name is taken');
          throw error;
        }
        return { accountId };
      },
    ),

    /** Takes effect at once: all sessions end. */
    disable: guarded(async (accountId: string): Promise<void> => {
      await db.transaction(async (tx) => {
        await tx
          .update(account)
          .set({ disabledAt: new Date() })
          .where(and(eq(account.id, accountId), isNull(account.disabledAt)));
        await tx.delete(session).where(eq(session.accountId, accountId));
      });
      revoked(accountPrincipalId(accountId));
    }),
  };
}
