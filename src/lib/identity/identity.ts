import { lte } from 'drizzle-orm';
import { loginAttempt, type Database, type DatabaseLog } from '../storage/index.ts';
import { createAccounts } from './accounts.ts';
import { createBoxes } from './boxes.ts';
import { createCaseLinks, type CaseLinks } from './case-links.ts';
import { sessionTokenOf } from './cookie.ts';
import { createInvitations } from './invitations.ts';
import type { BoxPrincipal, Principal } from './principal.ts';
import { createSessions } from './sessions.ts';
import { createStreamKeys } from './stream-keys.ts';
import { createThrottle } from './throttle.ts';

const WINDOW_MS = 15 * 60_000;
const SWEEP_MS = 10 * 60_000;

export interface Identity {
  sessions: Omit<ReturnType<typeof createSessions>, 'sweep'>;
  accounts: ReturnType<typeof createAccounts>;
  invitations: ReturnType<typeof createInvitations>;
  caseLinks: CaseLinks;
  boxes: Omit<ReturnType<typeof createBoxes>, 'sweep'>;
  streamKeys: ReturnType<typeof createStreamKeys>;
  /** For a Cookie header. @throws {HubError} unavailable */
  principalOfCookie(cookieHeader: string | undefined): Promise<Principal | null>;
  /** @throws {HubError} unavailable */
  principalOfBoxToken(token: string): Promise<BoxPrincipal | null>;
  /** Somebody logged out, was disabled or revoked: open connections must end, and may try to come again. */
  onRevoked(listener: (principalId: string) => void): void;
  /** Removes what is past its time; also happens by itself now and then. */
  sweep(): Promise<void>;
  close(): void;
}

/** Who people and boxes are. Every call may reject with HubError `unavailable` while the database is away. */
export function createIdentity({
  db,
  log,
  now = Date.now,
}: {
  db: Database;
  log: DatabaseLog;
  /** Hub time in ms. */
  now?: () => number;
}): Identity {
  const listeners: ((principalId: string) => void)[] = [];
  const revoked = (principalId: string): void => listeners.forEach((listener) => listener(principalId));
  const throttle = createThrottle(db, now, WINDOW_MS);
  const sessions = createSessions({ db, now, throttle, revoked });
  const boxes = createBoxes({ db, now, throttle, revoked });

  const sweep = async (): Promise<void> => {
    await sessions.sweep();
    await boxes.sweep();
    await db.delete(loginAttempt).where(lte(loginAttempt.windowEndsAt, new Date(now())));
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) =>
      log.warn({ err: error }, 'old sessions and tokens not removed this time'),
    );
  }, SWEEP_MS);
  timer.unref();

  return {
    sessions,
    accounts: createAccounts({ db, revoked }),
    invitations: createInvitations({ db, now }),
    caseLinks: createCaseLinks({ db, now, revoked }),
    boxes,
    streamKeys: createStreamKeys({ db, now, throttle, revoked }),
    principalOfCookie: async (cookieHeader) =>
      (await sessions.find(sessionTokenOf(cookieHeader)))?.principal ?? null,
    principalOfBoxToken: (token) => boxes.principalOfToken(token),
    onRevoked: (listener) => void listeners.push(listener),
    sweep,
    close: () => clearInterval(timer),
  };
}
