import { eq } from 'drizzle-orm';
import { patient, type Database } from '../../../storage/index.ts';
import { reminderDataSchema, reminderWords, whenWords, type ReminderKind } from '../../model/time/index.ts';
import { idOfRecipient } from '../recipients.ts';
import { DeliveryFailed, type Channel, type ReminderRow } from './channel.ts';

/** Whoever sends text messages for the hub; every operator has an interface of its own. */
export interface SmsPort {
  /** Resolves once the provider has taken it. */
  send(message: { phone: string; text: string }): Promise<void>;
}

/** Text messages to patients, or to a guardian where the patient has no telephone. */
export class SmsChannel implements Channel {
  readonly #db: Database;
  readonly #port: SmsPort | null;
  readonly #zone: string;

  constructor({ db, port, zone }: { db: Database; port: SmsPort | null; zone: string }) {
    this.#db = db;
    this.#port = port;
    this.#zone = zone;
  }

  async deliver({ recipient, kind, data }: ReminderRow): Promise<void> {
    if (!this.#port) throw new DeliveryFailed('no SMS provider', { isFinal: true });
    const [of] = await this.#db
      .select({ phone: patient.phone, guardian: patient.guardian })
      .from(patient)
      .where(eq(patient.id, idOfRecipient(recipient)));
    const phone = of?.phone ?? of?.guardian?.phone ?? null;
    if (phone === null) throw new DeliveryFailed('no telephone number', { isFinal: true });
    // Patients have no account that would say another language.
    const known = reminderDataSchema.parse(data);
    const when = whenWords(known.atMs, this.#zone, 'zh-CN');
    const { title, text } = reminderWords(kind as ReminderKind, known, when, 'zh-CN');
    await this.#port.send({ phone, text: `${title}：${text}` });
  }
}
