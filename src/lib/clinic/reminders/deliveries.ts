import { and, desc, eq, gt, inArray } from 'drizzle-orm';
import { reminder, type Database } from '../../storage/index.ts';
import { idOfRecipient, webhookRecipient } from './recipients.ts';
import { LEASE_MS } from './runner.ts';

/** What became of a message to another system. */
export interface Delivery {
  state: 'sent' | 'retrying' | 'failed';
  /** When that was; of one that is tried again, when next. */
  atMs: number;
  /** `500`, `no answer in time`, `ECONNREFUSED`, …; null when nothing went wrong. */
  reason: string | null;
}

/** The last that was sent to each of these webhooks, or was tried to be. */
export async function lastDeliveries(
  db: Database,
  webhookIds: readonly string[],
): Promise<Map<string, Delivery>> {
  if (webhookIds.length === 0) return new Map();
  const rows = await db
    .selectDistinctOn([reminder.recipient])
    .from(reminder)
    .where(
      and(
        inArray(reminder.recipient, webhookIds.map(webhookRecipient)),
        eq(reminder.channel, 'webhook'),
        inArray(reminder.state, ['sent', 'failed', 'waiting']),
        gt(reminder.attempts, 0),
      ),
    )
    .orderBy(reminder.recipient, desc(reminder.dueAt));
  return new Map(rows.map((row) => [idOfRecipient(row.recipient), deliveryOf(row)]));
}

function deliveryOf({ state, sentAt, dueAt, lastError }: typeof reminder.$inferSelect): Delivery {
  const reason = lastError?.replace(/^webhook: /, '') ?? null;
  if (state === 'sent') return { state, atMs: (sentAt ?? dueAt).getTime(), reason: null };
  // What failed for good keeps the end of the time that its last try was given.
  return state === 'failed'
    ? { state, atMs: dueAt.getTime() - LEASE_MS, reason }
    : { state: 'retrying', atMs: dueAt.getTime(), reason };
}
