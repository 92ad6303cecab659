import { sql } from 'drizzle-orm';
import type { Transaction } from '../../storage/index.ts';

/**
 * One at a time, until the transaction ends: of a person's published time, or of a patient's appointments. Not the row itself is locked, so
 * that whoever writes it for another reason (a merge, a changed name) never waits crosswise with a booking.
 */
export async function lockTimeOf(tx: Transaction, who: 'account' | 'patient', id: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`time:${who}:${id}`}, 0))`);
}
