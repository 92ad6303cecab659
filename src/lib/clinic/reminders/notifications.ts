import { and, count, desc, eq, inArray, isNull, lt, or } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { notification, type Database } from '../../storage/index.ts';
import type { ReminderData, ReminderKind } from '../model/time/index.ts';

const MOST_LISTED = 100;

export interface NotificationView {
  notificationId: string;
  caseId: string | null;
  /** Said by `reminderWords`. */
  kind: ReminderKind;
  data: ReminderData;
  createdAtMs: number;
  readAtMs: number | null;
}

/** What stands under one person's bell; nobody sees another's. */
export class Notifications {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** The newest first, at most 100; `before` is the last of the page before. */
  async list(
    { accountId }: AccountPrincipal,
    {
      unread = false,
      before,
      limit = 50,
    }: {
      unread?: boolean;
      before?: Pick<NotificationView, 'notificationId' | 'createdAtMs'>;
      limit?: number;
    } = {},
  ): Promise<NotificationView[]> {
    const at = before && new Date(before.createdAtMs);
    const rows = await this.#db
      .select()
      .from(notification)
      .where(
        and(
          eq(notification.accountId, accountId),
          unread ? isNull(notification.readAt) : undefined,
          at &&
            or(
              lt(notification.createdAt, at),
              and(eq(notification.createdAt, at), lt(notification.id, before.notificationId)),
            ),
        ),
      )
      .orderBy(desc(notification.createdAt), desc(notification.id))
      .limit(Math.min(limit, MOST_LISTED));
    return rows.map(({ id, caseId, kind, data, createdAt, readAt }) => ({
      notificationId: id,
      caseId,
      kind: kind as ReminderKind,
      data: data as ReminderData,
      createdAtMs: createdAt.getTime(),
      readAtMs: readAt?.getTime() ?? null,
    }));
  }

  async unreadCount({ accountId }: AccountPrincipal): Promise<number> {
    const [found] = await this.#db
      .select({ count: count() })
      .from(notification)
      .where(and(eq(notification.accountId, accountId), isNull(notification.readAt)));
    return found?.count ?? 0;
  }

  /** Those, or all. Another's, and what was read already, stay as they are. */
  async markRead({ accountId }: AccountPrincipal, which: readonly string[] | 'all'): Promise<void> {
    await this.#db
      .update(notification)
      .set({ readAt: new Date(this.#now()) })
      .where(
        and(
          eq(notification.accountId, accountId),
          isNull(notification.readAt),
          which === 'all' ? undefined : inArray(notification.id, [...which]),
        ),
      );
  }
}
