import { and, eq, isNull } from 'drizzle-orm';
import { createTransport } from 'nodemailer';
import { account, contactPreference, type Database } from '../../../storage/index.ts';
import { reminderDataSchema, reminderWords, type ReminderKind } from '../../model/time/index.ts';
import { idOfRecipient } from '../recipients.ts';
import { DeliveryFailed, type Channel, type ReminderRow } from './channel.ts';

export interface MailSettings {
  /** `smtp://` or `smtps://`, with login and password where the server wants them. */
  smtpUrl: string;
  from: string;
}

/** A server that is silent for longer is away. */
const TIMEOUT_MS = 10_000;

/** Letters to people who want them, by the institution's own mail server. */
export class EmailChannel implements Channel {
  readonly #db: Database;
  readonly #zone: string;
  readonly #mail: { from: string; transport: ReturnType<typeof transportTo> } | null;

  constructor({ db, settings, zone }: { db: Database; settings: MailSettings | null; zone: string }) {
    this.#db = db;
    this.#zone = zone;
    this.#mail = settings && { from: settings.from, transport: transportTo(settings.smtpUrl) };
  }

  async deliver({ id, recipient, kind, data }: ReminderRow): Promise<void> {
    if (!this.#mail) throw new DeliveryFailed('no mail server', { isFinal: true });
    const [to] = await this.#db
      .select({ email: contactPreference.email, locale: account.locale })
      .from(contactPreference)
      .innerJoin(account, eq(account.id, contactPreference.accountId))
      .where(
        and(
          eq(account.id, idOfRecipient(recipient)),
          isNull(account.disabledAt),
          eq(contactPreference.emailOn, true),
        ),
      );
    if (!to?.email) throw new DeliveryFailed('no e-mail wanted any more', { isFinal: true });
    const { title, text } = reminderWords(
      kind as ReminderKind,
      reminderDataSchema.parse(data),
      this.#zone,
      to.locale,
    );
    const { from, transport } = this.#mail;
    try {
      await transport.sendMail({
        from,
        to: { name: '', address: to.email },
        subject: title,
        text: `${text}\n`,
        // The same over every try, so that a mail server may see that it has it already.
        messageId: `<${id}@${/@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      throw failureOf(error);
    }
  }
}

function transportTo(smtpUrl: string) {
  return createTransport({
    url: smtpUrl,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
}

/** RFC 5321: 5yz is for good. A wrong login is not the letter's fault, and will be put right. */
function failureOf(error: unknown): DeliveryFailed {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const isFinal = (responseCode ?? 0) >= 500 && code !== 'EAUTH';
  const reason = ['mail server', code, responseCode].filter(Boolean).join(' ');
  return new DeliveryFailed(reason, { isFinal, cause: error });
}
