import { and, eq, isNull } from 'drizzle-orm';
import { maskName } from '../clinic/model/mask.ts';
import { HubError } from '../signaling/contract/index.ts';
import {
  caseLink,
  clinicalCase,
  patient,
  session,
  type Database,
  type Transaction,
} from '../storage/index.ts';
import { guarded } from './guarded.ts';
import { hashOf, newId, newToken, patientPrincipalId } from './ids.ts';
import type { PatientPrincipal } from './principal.ts';
import { isLinkStanding, newSessionRow, patientPrincipal, VISIT_MS } from './sessions.ts';

export interface CaseLinkLook {
  status: 'open' | 'used' | 'expired';
  /** Masked. */
  name: string;
  expiresAtMs: number;
}

export type CaseLinks = ReturnType<typeof createCaseLinks>;
type LinkRow = typeof caseLink.$inferSelect;

/** Takes all links of a case back and ends their sessions; answers whose connections have to end. */
async function revokeCaseLinks(tx: Transaction, caseId: string, atMs: number): Promise<string[]> {
  const revoked = await tx
    .update(caseLink)
    .set({ revokedAt: new Date(atMs) })
    .where(and(eq(caseLink.caseId, caseId), isNull(caseLink.revokedAt)))
    .returning({ id: caseLink.id, patientId: caseLink.patientId });
  for (const { id } of revoked) await tx.delete(session).where(eq(session.caseLinkId, id));
  return [...new Set(revoked.map(({ patientId }) => patientPrincipalId(patientId)))];
}

/** Links that let one patient's phone into one case. Whether somebody may hand them out is decided by the caller. */
export function createCaseLinks({
  db,
  now,
  revoked,
}: {
  db: Database;
  now: () => number;
  revoked: (principalId: string) => void;
}) {
  const find = async (tx: Pick<Transaction, 'select'>, token: string) => {
    const [row] = await tx
      .select({ link: caseLink, patient })
      .from(caseLink)
      .innerJoin(clinicalCase, eq(clinicalCase.id, caseLink.caseId))
      .innerJoin(patient, eq(patient.id, caseLink.patientId))
      .where(and(eq(caseLink.tokenHash, hashOf(token)), isLinkStanding))
      .limit(1);
    return row ?? null;
  };

  return {
    /**
     * The token is shown once; only its hash is kept. Earlier links of the case end: whoever needs a new one has lost the old.
     * @throws {HubError} not_found
     */
    create: guarded(
      async (made: {
        caseId: string;
        validMinutes: number;
        /** An account's id. */
        createdBy: string;
      }): Promise<{ token: string; expiresAtMs: number }> => {
        const token = newToken();
        const expiresAtMs = now() + made.validMinutes * 60_000;
        const gone = await db.transaction(async (tx) => {
          const [of] = await tx
            .select({ patientId: clinicalCase.patientId })
            .from(clinicalCase)
            .where(eq(clinicalCase.id, made.caseId))
            .for('update');
          if (!of) throw new HubError('not_found', 'no such case');
          const gone = await revokeCaseLinks(tx, made.caseId, now());
          await tx.insert(caseLink).values({
            id: newId(),
            tokenHash: hashOf(token),
            caseId: made.caseId,
            patientId: of.patientId,
            createdBy: made.createdBy,
            createdAt: new Date(now()),
            expiresAt: new Date(expiresAtMs),
          });
          return gone;
        });
        gone.forEach(revoked);
        return { token, expiresAtMs };
      },
    ),

    /** What the page may show before the person says yes; null when there is no such link (any more). */
    look: guarded(async (token: string): Promise<CaseLinkLook | null> => {
      const row = await find(db, token);
      if (!row) return null;
      const expiresAtMs = row.link.expiresAt.getTime();
      const status = expiresAtMs <= now() ? 'expired' : row.link.redeemedAt ? 'used' : 'open';
      return { status, name: maskName(row.patient.name), expiresAtMs };
    }),

    /**
     * Opens a patient's session for the browser that comes first. The same browser may come again, also from another case of the same patient;
     * no other.
     * @throws {HubError} expired (past its time, taken back, used by another browser, or never was), conflict (this browser is logged in with
     *   an account, which somebody testing a patient's link must not lose, nor use the link up)
     */
    redeem: guarded(
      async (
        token: string,
        browser: { sessionToken: string | null; userAgent: string | null },
      ): Promise<{ token: string; expiresAtMs: number; principal: PatientPrincipal }> =>
        db.transaction(async (tx) => {
          const at = new Date(now());
          const row = await find(tx, token);
          if (!row) throw new HubError('expired', 'there is no such link');
          const held = await heldBy(tx, browser.sessionToken, at);
          if (held?.session.caseLinkId === row.link.id && browser.sessionToken)
            return opened(browser.sessionToken, row, held.session.expiresAt.getTime());
          if (held?.session.accountId)
            throw new HubError('conflict', 'this browser is logged in with an account; log out first');
          if (row.link.expiresAt <= at) throw new HubError('expired', 'the link is past its time');

          // One statement decides who is first.
          const taken = await tx
            .update(caseLink)
            .set({ redeemedAt: at })
            .where(and(eq(caseLink.id, row.link.id), isNull(caseLink.redeemedAt)))
            .returning({ id: caseLink.id });
          const isSamePhone = held?.link?.patientId === row.link.patientId;
          if (taken.length === 0 && !isSamePhone)
            throw new HubError('expired', 'the link was used in another browser');
          // A phone that moved on to another case of the patient's may have left this one's session behind.
          await tx.delete(session).where(eq(session.caseLinkId, row.link.id));
          if (held) await tx.delete(session).where(eq(session.id, held.session.id));
          const fresh = newToken();
          const expiresAtMs = Math.max(row.link.expiresAt.getTime(), at.getTime() + VISIT_MS);
          await tx.insert(session).values({
            ...newSessionRow(fresh, browser.userAgent, at.getTime(), expiresAtMs),
            caseLinkId: row.link.id,
          });
          return opened(fresh, row, expiresAtMs);
        }),
    ),

    /** Ends all links of a case, and whoever is connected by one. */
    revoke: guarded(async (caseId: string): Promise<void> => {
      const gone = await db.transaction((tx) => revokeCaseLinks(tx, caseId, now()));
      gone.forEach(revoked);
    }),

    /** The same within somebody else's transaction; what it answers ends the connections, once that stands. */
    revokeWithin: async (tx: Transaction, caseId: string): Promise<() => void> => {
      const gone = await revokeCaseLinks(tx, caseId, now());
      return () => gone.forEach(revoked);
    },
  };
}

/** The session that a browser holds now, and the link that it came by. */
async function heldBy(tx: Transaction, sessionToken: string | null, at: Date) {
  if (!sessionToken) return null;
  const [row] = await tx
    .select({ session, link: caseLink })
    .from(session)
    .leftJoin(caseLink, and(eq(caseLink.id, session.caseLinkId), isNull(caseLink.revokedAt)))
    .where(eq(session.id, hashOf(sessionToken)));
  return row && row.session.expiresAt > at ? row : null;
}

function opened(
  token: string,
  row: { link: LinkRow; patient: typeof patient.$inferSelect },
  expiresAtMs: number,
) {
  return { token, expiresAtMs, principal: patientPrincipal(row.link, row.patient, expiresAtMs) };
}
