import type { Logger } from 'pino';
import type { Bus } from '../../signaling/bus/index.ts';
import type { CaseKind } from '../../signaling/contract/index.ts';
import type { Database } from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { Workflow } from '../model/workflow.ts';
import { EmailChannel, type MailSettings } from './channels/email.ts';
import { SmsChannel, type SmsPort } from './channels/sms.ts';
import { WebhookChannel } from './channels/webhook.ts';
import { Contacts } from './contacts.ts';
import { FollowUps } from './follow-ups.ts';
import { Notifications } from './notifications.ts';
import { ReminderRunner } from './runner.ts';
import { Webhooks } from './webhooks.ts';

export type { Contact } from './contacts.ts';
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

/** Everything that people are told without asking. */
export class Reminders {
  readonly notifications: Notifications;
  readonly contacts: Contacts;
  readonly webhooks: Webhooks;
  readonly followUps: FollowUps;
  readonly #runner: ReminderRunner;

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
    this.#runner = new ReminderRunner({
      db,
      bus,
      channels: {
        email: new EmailChannel({ db, settings: mail, zone }),
        webhook: new WebhookChannel({ db, allowPrivate, now }),
        sms: new SmsChannel({ db, port: sms, zone }),
      },
      log,
      now,
    });
  }

  start(): void {
    this.#runner.start();
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}
