import { and, eq, isNull } from 'drizzle-orm';
import { createTransport } from 'nodemailer';
import { account, contactPreference, type Database } from '../../../storage/index.ts';
import {
  reminderDataSchema,
  reminderWords,
  whenWords,
  type ReminderKind,
  type ReminderWords,
} from '../../model/time/index.ts';
import { idOfRecipient } from '../recipients.ts';
import { DeliveryFailed, type Channel, type ReminderRow } from './channel.ts';

export interface MailSettings {
  /** `smtp://` or `smtps://`, with login and password where the server wants them. */
  smtpUrl: string;
  from: string;
}

/** A server that is silent for longer is away. */
const TIMEOUT_MS = 10_000;

const TEST_WORDS: Record<'zh-CN' | 'en', ReminderWords> = {
  'zh-CN': { title: '测试邮件', text: '收到这封信，说明预约和随访的提醒能发到这个邮箱。' },
  en: {
    title: 'Test message',
    text: 'You have this letter, so reminders of appointments and follow-ups will reach you here.',
  },
};

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

  get isSetUp(): boolean {
    return this.#mail !== null;
  }

  async deliver({ id, recipient, kind, data }: ReminderRow): Promise<void> {
    const { address, locale } = await this.#addressOf(recipient);
    const known = reminderDataSchema.parse(data);
    const when = whenWords(known.atMs, this.#zone, locale);
    await this.#send(id, address, reminderWords(kind as ReminderKind, known, when, locale));
  }

  /** A letter that says no more than that letters arrive. @throws {DeliveryFailed} */
  async deliverTest(id: string, recipient: string): Promise<void> {
    const { address, locale } = await this.#addressOf(recipient);
    await this.#send(id, address, TEST_WORDS[locale]);
  }

  async #addressOf(recipient: string): Promise<{ address: string; locale: 'zh-CN' | 'en' }> {
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
    return { address: to.email, locale: to.locale };
  }

  async #send(id: string, address: string, { title, text }: ReminderWords): Promise<void> {
    if (!this.#mail) throw new DeliveryFailed('no mail server', { isFinal: true });
    const { from, transport } = this.#mail;
    try {
      await transport.sendMail({
        from,
        to: { name: '', address },
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
