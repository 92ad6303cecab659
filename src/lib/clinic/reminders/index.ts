import type { Logger } from 'pino';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import { HubError, type CaseKind } from '../../signaling/contract/index.ts';
import type { Database } from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { Workflow } from '../model/workflow.ts';
import { NodeCallLimit } from '../reading/call-limit.ts';
import { DeliveryFailed } from './channels/channel.ts';
import { EmailChannel, type MailSettings } from './channels/email.ts';
import { SmsChannel, type SmsPort } from './channels/sms.ts';
import { WebhookChannel } from './channels/webhook.ts';
import { Contacts } from './contacts.ts';
import { FollowUps } from './follow-ups.ts';
import { Notifications } from './notifications.ts';
import { ReminderRunner } from './runner.ts';
import { Webhooks } from './webhooks.ts';

export type { Contact } from '../model/contact.ts';
export type { Delivery } from './deliveries.ts';
export type { FollowUpView } from './follow-ups.ts';
export type { NotificationView } from './notifications.ts';
export type { WebhookView } from './webhooks.ts';

/** Where and how the hub speaks to people outside it. */
export interface ReminderSettings {
  mail: MailSettings | null;
  sms: SmsPort | null;
  /** Whether webhooks may go to this network and this machine. */
  allowPrivateWebhooks: boolean;
  /** In which letters say the time; IANA's name. */
  zone: string;
}

/** Ours: enough to put an address right, too few to fill a stranger's letter box. */
const TEST_LETTERS = { perSecond: 1 / 60, burst: 3 };

/** Everything that people are told without asking. */
export class Reminders {
  readonly notifications: Notifications;
  readonly contacts: Contacts;
  readonly webhooks: Webhooks;
  readonly followUps: FollowUps;
  readonly #runner: ReminderRunner;
  readonly #email: EmailChannel;
  readonly #testLetters: NodeCallLimit;

  constructor(parts: {
    db: Database;
    bus: Bus;
    log: Logger;
    cases: Cases;
    workflows: Readonly<Record<CaseKind, Workflow>>;
    settings: ReminderSettings;
    now: () => number;
  }) {
    const { db, bus, log, cases, workflows, settings, now } = parts;
    const { mail, sms, zone, allowPrivateWebhooks: allowPrivate } = settings;
    this.notifications = new Notifications(db, now);
    this.contacts = new Contacts(db, now);
    this.webhooks = new Webhooks(db, { allowPrivate });
    this.followUps = new FollowUps({ db, cases, workflows, now });
    this.#email = new EmailChannel({ db, settings: mail, zone });
    this.#testLetters = new NodeCallLimit(TEST_LETTERS, now);
    this.#runner = new ReminderRunner({
      db,
      bus,
      channels: {
        email: this.#email,
        webhook: new WebhookChannel({ db, allowPrivate, now }),
        sms: new SmsChannel({ db, port: sms, zone }),
      },
      log,
      now,
    });
  }

  /** Whether the hub can send letters at all. */
  get sendsLetters(): boolean {
    return this.#email.isSetUp;
  }

  /**
   * A letter to this person's own address, to see that letters arrive.
   * @throws {HubError} rate_limited, unavailable (no address is wanted, no server is set up, or it did not take the letter)
   */
  async sendTestLetter({ principalId }: AccountPrincipal): Promise<void> {
    this.#testLetters.spend(principalId);
    try {
      await this.#email.deliverTest(newId(), principalId);
    } catch (error) {
      if (error instanceof DeliveryFailed) throw new HubError('unavailable', error.message, { cause: error });
      throw error;
    }
  }

  start(): void {
    this.#runner.start();
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}
