import { and, eq, isNull } from 'drizzle-orm';
import { webhook, type Database } from '../../../storage/index.ts';
import { reminderDataSchema } from '../../model/time/index.ts';
import { idOfRecipient } from '../recipients.ts';
import { DeliveryFailed, type Channel, type ReminderRow } from './channel.ts';
import { postSigned } from './signed-post.ts';

/** What another system is told: ids, times and what changed; it asks the hub for more, as itself. */
export class WebhookChannel implements Channel {
  readonly #db: Database;
  readonly #allowPrivate: boolean;
  readonly #now: () => number;

  constructor({ db, allowPrivate, now }: { db: Database; allowPrivate: boolean; now: () => number }) {
    this.#db = db;
    this.#allowPrivate = allowPrivate;
    this.#now = now;
  }

  async deliver({ id, recipient, kind, caseId, data: raw }: ReminderRow): Promise<void> {
    const [to] = await this.#db
      .select({ url: webhook.url, secret: webhook.secret })
      .from(webhook)
      .where(and(eq(webhook.id, idOfRecipient(recipient)), isNull(webhook.disabledAt)));
    if (!to) throw new DeliveryFailed('webhook: disabled', { isFinal: true });
    const nowMs = this.#now();
    const { subjectId, service, atMs, endsAtMs, sequence } = reminderDataSchema.parse(raw);
    const body = JSON.stringify({
      type: kind,
      timestamp: new Date(nowMs).toISOString(),
      data: {
        caseId,
        appointmentId: subjectId,
        service,
        startsAt: new Date(atMs).toISOString(),
        endsAt: endsAtMs === null ? null : new Date(endsAtMs).toISOString(),
        sequence,
      },
    });
    await postSigned({ ...to, id, body, nowMs }, { allowPrivate: this.#allowPrivate });
  }
}
