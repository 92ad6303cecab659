import { and, eq, isNull } from 'drizzle-orm';
import { HubError } from '../signaling/contract/index.ts';
import { invitation, room, session, type Database } from '../storage/index.ts';
import { guarded } from './guarded.ts';
import { hashOf, newId, newToken } from './ids.ts';
import type { GuestPrincipal } from './principal.ts';
import { guestPrincipal, newSessionRow, VISIT_MS } from './sessions.ts';

export interface InvitationLook {
  status: 'open' | 'used' | 'expired';
  name: string;
  role: GuestPrincipal['role'];
  expiresAtMs: number;
}

export function createInvitations({ db, now }: { db: Database; now: () => number }) {
  return {
    /** The token is shown once; only its hash is kept. `createdBy` is an account id. */
    create: guarded(
      async (made: {
        roomId: string;
        role: GuestPrincipal['role'];
        name: string;
        validMinutes: number;
        createdBy: string;
      }): Promise<{ token: string; expiresAtMs: number }> => {
        const token = newToken();
        const expiresAtMs = now() + made.validMinutes * 60_000;
        await db.insert(invitation).values({
          id: newId(),
          tokenHash: hashOf(token),
          roomId: made.roomId,
          role: made.role,
          name: made.name,
          createdBy: made.createdBy,
          createdAt: new Date(now()),
          expiresAt: new Date(expiresAtMs),
        });
        return { token, expiresAtMs };
      },
    ),

    /** What the page may show before the person says yes; null when there is no such invitation. */
    look: guarded(async (token: string): Promise<InvitationLook | null> => {
      const [row] = await db
        .select()
        .from(invitation)
        .where(eq(invitation.tokenHash, hashOf(token)))
        .limit(1);
      if (!row) return null;
      const expiresAtMs = row.expiresAt.getTime();
      const status = expiresAtMs <= now() ? 'expired' : row.redeemedAt ? 'used' : 'open';
      return { status, name: row.name, role: row.role, expiresAtMs };
    }),

    /**
     * Opens a guest's session for the browser that comes first. The same browser may come again; no other.
     * @throws {HubError} expired (past its time, used by another browser, or never was), room_ended, conflict (this
     *   browser is logged in with an account, which somebody testing a patient's link must not lose, nor use the link up)
     */
    redeem: guarded(
      async (
        token: string,
        browser: { sessionToken: string | null; userAgent: string | null },
      ): Promise<{ token: string; expiresAtMs: number; principal: GuestPrincipal }> =>
        db.transaction(async (tx) => {
          const at = new Date(now());
          const [row] = await tx
            .select({ invitation, roomStatus: room.status })
            .from(invitation)
            .innerJoin(room, eq(room.id, invitation.roomId))
            .where(eq(invitation.tokenHash, hashOf(token)))
            .limit(1);
          if (!row) throw new HubError('expired', 'there is no such invitation');
          if (row.roomStatus === 'ended') throw new HubError('room_ended');

          const sessionId = browser.sessionToken && hashOf(browser.sessionToken);
          const [held] = sessionId
            ? await tx.select().from(session).where(eq(session.id, sessionId)).limit(1)
            : [];
          const isHeld = held !== undefined && held.expiresAt > at;
          if (isHeld && held.invitationId === row.invitation.id && browser.sessionToken) {
            return guestSession(browser.sessionToken, row.invitation, held.expiresAt.getTime());
          }
          if (isHeld && held.accountId) {
            throw new HubError('conflict', 'this browser is logged in with an account; log out first');
          }
          if (row.invitation.expiresAt <= at)
            throw new HubError('expired', 'the invitation is past its time');

          // One statement decides who is first.
          const taken = await tx
            .update(invitation)
            .set({ redeemedAt: at })
            .where(and(eq(invitation.id, row.invitation.id), isNull(invitation.redeemedAt)))
            .returning({ id: invitation.id });
          if (taken.length === 0) throw new HubError('expired', 'the invitation was used in another browser');
          if (held) await tx.delete(session).where(eq(session.id, held.id));
          const fresh = newToken();
          const expiresAtMs = Math.max(row.invitation.expiresAt.getTime(), at.getTime() + VISIT_MS);
          await tx.insert(session).values({
            ...newSessionRow(fresh, browser.userAgent, at.getTime(), expiresAtMs),
            invitationId: row.invitation.id,
          });
          return guestSession(fresh, row.invitation, expiresAtMs);
        }),
    ),
  };
}

function guestSession(token: string, row: typeof invitation.$inferSelect, expiresAtMs: number) {
  return { token, expiresAtMs, principal: guestPrincipal(row, expiresAtMs) };
}
