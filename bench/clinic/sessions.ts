import { hashOf, newToken } from '../../src/lib/identity/ids.ts';
import { session, type Database } from '../../src/lib/storage/index.ts';

const HOUR_MS = 3_600_000;

/** Lets somebody in as if they had logged in, or opened their link; answers the cookie's token. */
export async function openSession(
  db: Database,
  whose: { accountId: string } | { caseLinkId: string },
): Promise<string> {
  const token = newToken();
  const expiresAt = new Date(Date.now() + 4 * HOUR_MS);
  await db.insert(session).values({ id: hashOf(token), userAgent: 'bench', expiresAt, ...whose });
  return token;
}
