import { and, eq, gt, isNull, lte, ne, or } from 'drizzle-orm';
import { HubError } from '../signaling/contract/index.ts';
import {
  account,
  caseLink,
  clinicalCase,
  invitation,
  patient,
  session,
  type Database,
} from '../storage/index.ts';
import { maskName } from '../clinic/model/mask.ts';
import { guarded } from './guarded.ts';
import { accountPrincipalId, guestPrincipalId, hashOf, newToken, patientPrincipalId } from './ids.ts';
import { hashPassword, verifyPassword } from './password.ts';
import type { AccountPrincipal, GuestPrincipal, PatientPrincipal } from './principal.ts';
import type { Throttle } from './throttle.ts';

/** Ours: a shift. Counted from the last use. */
const IDLE_MS = 12 * 60 * 60_000;
/** A session's last use is written down at most this often. */
const TOUCH_MS = 60_000;
const WRONG_LOGINS = 5;
/** A visit that has begun is not cut off when a link's own time is over. Ours: longer than any visit. */
export const VISIT_MS = 4 * 60 * 60_000;

export interface LoginContext {
  /** Where the request came from, as the hub saw it. */
  address: string;
  userAgent: string | null;
  /** The session that the browser held until now, if any; it ends. */
  sessionToken: string | null;
}

export interface NewSession {
  token: string;
  expiresAtMs: number;
}

export interface KnownSession {
  principal: AccountPrincipal | GuestPrincipal | PatientPrincipal;
  expiresAtMs: number;
  /** True when this use moved the end: the cookie should be written again. */
  extended: boolean;
}

export function newSessionRow(token: string, userAgent: string | null, nowMs: number, expiresAtMs: number) {
  return {
    id: hashOf(token),
    userAgent: (userAgent ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 160),
    createdAt: new Date(nowMs),
    lastSeenAt: new Date(nowMs),
    expiresAt: new Date(expiresAtMs),
  };
}

export function createSessions({
  db,
  now,
  throttle,
  revoked,
}: {
  db: Database;
  now: () => number;
  throttle: Throttle;
  revoked: (principalId: string) => void;
}) {
  async function toAccount(username: string) {
    const [row] = await db
      .select()
      .from(account)
      .where(eq(account.username, username.trim().toLowerCase()))
      .limit(1);
    return row ?? null;
  }

  return {
    /** @throws {HubError} unauthenticated, forbidden (right password, but disabled), rate_limited, unavailable */
    login: guarded(
      async (
        credentials: { username: string; password: string },
        context: LoginContext,
      ): Promise<NewSession & { principal: AccountPrincipal }> => {
        const username = credentials.username.trim().toLowerCase();
        const key = `login:${username}:${context.address}`;
        await throttle.spend(key, WRONG_LOGINS);
        const found = await toAccount(username);
        if (!(await verifyPassword(found?.passwordHash ?? null, credentials.password)) || !found) {
          throw new HubError('unauthenticated', 'user name or password is wrong');
        }
        await throttle.clear(key);
        if (found.disabledAt) throw new HubError('forbidden', 'this account is disabled');
        const token = newToken();
        const expiresAtMs = now() + IDLE_MS;
        await db.transaction(async (tx) => {
          if (context.sessionToken)
            await tx.delete(session).where(eq(session.id, hashOf(context.sessionToken)));
          await tx
            .insert(session)
            .values({ ...newSessionRow(token, context.userAgent, now(), expiresAtMs), accountId: found.id });
        });
        return { token, expiresAtMs, principal: accountPrincipal(found) };
      },
    ),

    /** Who a session token belongs to; null for none, an unknown, an ended or a disabled one. */
    find: guarded(async (token: string | null): Promise<KnownSession | null> => {
      if (!token) return null;
      const at = new Date(now());
      const [row] = await db
        .select({ session, account, invitation, link: caseLink, patient })
        .from(session)
        .leftJoin(account, eq(account.id, session.accountId))
        .leftJoin(invitation, eq(invitation.id, session.invitationId))
        .leftJoin(caseLink, eq(caseLink.id, session.caseLinkId))
        .leftJoin(clinicalCase, eq(clinicalCase.id, caseLink.caseId))
        .leftJoin(patient, and(eq(patient.id, caseLink.patientId), isLinkStanding))
        .where(and(eq(session.id, hashOf(token)), gt(session.expiresAt, at), isNull(account.disabledAt)))
        .limit(1);
      if (!row) return null;
      const principal = principalOf(row);
      if (!principal) return null;
      if (at.getTime() - row.session.lastSeenAt.getTime() < TOUCH_MS) {
        return { principal, expiresAtMs: row.session.expiresAt.getTime(), extended: false };
      }
      // A guest's session ends with the invitation and a patient's with the link, however busy it is.
      const expiresAtMs = row.account ? at.getTime() + IDLE_MS : row.session.expiresAt.getTime();
      await db
        .update(session)
        .set({ lastSeenAt: at, expiresAt: new Date(expiresAtMs) })
        .where(eq(session.id, row.session.id));
      return { principal, expiresAtMs, extended: Boolean(row.account) };
    }),

    /** Ends one session, and the connections that were opened with it. */
    logout: guarded(async (token: string): Promise<void> => {
      const [ended] = await db
        .delete(session)
        .where(eq(session.id, hashOf(token)))
        .returning();
      const [link] = ended?.caseLinkId
        ? await db.select().from(caseLink).where(eq(caseLink.id, ended.caseLinkId))
        : [];
      if (ended?.accountId) revoked(accountPrincipalId(ended.accountId));
      if (ended?.invitationId) revoked(guestPrincipalId(ended.invitationId));
      if (link) revoked(patientPrincipalId(link.patientId));
    }),

    /** Ends all sessions of an account. */
    logoutEverywhere: guarded(async (accountId: string): Promise<void> => {
      await db.delete(session).where(eq(session.accountId, accountId));
      revoked(accountPrincipalId(accountId));
    }),

    /**
     * Ends all other sessions of the account.
     * @throws {HubError} unauthenticated when the present password is wrong, rate_limited
     */
    changePassword: guarded(
      async (change: {
        accountId: string;
        current: string;
        next: string;
        sessionToken: string;
      }): Promise<void> => {
        const key = `password:${change.accountId}`;
        await throttle.spend(key, WRONG_LOGINS);
        const [found] = await db.select().from(account).where(eq(account.id, change.accountId)).limit(1);
        if (!(await verifyPassword(found?.passwordHash ?? null, change.current))) {
          throw new HubError('unauthenticated', 'the present password is wrong');
        }
        await throttle.clear(key);
        const passwordHash = await hashPassword(change.next);
        await db.transaction(async (tx) => {
          await tx.update(account).set({ passwordHash }).where(eq(account.id, change.accountId));
          await tx
            .delete(session)
            .where(and(eq(session.accountId, change.accountId), ne(session.id, hashOf(change.sessionToken))));
        });
        revoked(accountPrincipalId(change.accountId));
      },
    ),

    sweep: (): Promise<unknown> => db.delete(session).where(lte(session.expiresAt, new Date(now()))),
  };
}

function principalOf(row: {
  session: typeof session.$inferSelect;
  account: typeof account.$inferSelect | null;
  invitation: typeof invitation.$inferSelect | null;
  link: typeof caseLink.$inferSelect | null;
  patient: typeof patient.$inferSelect | null;
}): KnownSession['principal'] | null {
  const expiresAtMs = row.session.expiresAt.getTime();
  if (row.account) return accountPrincipal(row.account);
  if (row.invitation) return guestPrincipal(row.invitation, expiresAtMs);
  return row.link && row.patient && patientPrincipal(row.link, row.patient, expiresAtMs);
}

function accountPrincipal(row: typeof account.$inferSelect): AccountPrincipal {
  return {
    kind: 'account',
    principalId: accountPrincipalId(row.id),
    accountId: row.id,
    name: row.displayName,
    roles: row.roles,
    institutionId: row.institutionId,
  };
}

/** `expiresAtMs` is the session's: the invitation lets in, the session lasts for the visit. */
export function guestPrincipal(row: typeof invitation.$inferSelect, expiresAtMs: number): GuestPrincipal {
  return {
    kind: 'guest',
    principalId: guestPrincipalId(row.id),
    invitationId: row.id,
    name: row.name,
    roomId: row.roomId,
    role: row.role,
    expiresAtMs,
  };
}

/**
 * A link stands while nobody took it back and its case is still about the same person: after a mix-up of patients it would otherwise show one
 * person's case to another. A record that was merged into the case's is the same person. Needs `case_link`, `clinical_case` and `patient`.
 */
export const isLinkStanding = and(
  isNull(caseLink.revokedAt),
  or(eq(clinicalCase.patientId, caseLink.patientId), eq(clinicalCase.patientId, patient.mergedInto)),
);

/** `expiresAtMs` is the session's. */
export function patientPrincipal(
  link: typeof caseLink.$inferSelect,
  { name }: Pick<typeof patient.$inferSelect, 'name'>,
  expiresAtMs: number,
): PatientPrincipal {
  return {
    kind: 'patient',
    principalId: patientPrincipalId(link.patientId),
    patientId: link.patientId,
    caseId: link.caseId,
    name: maskName(name),
    expiresAtMs,
  };
}
