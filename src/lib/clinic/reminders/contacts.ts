import { eq } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { contactPreference, type Database } from '../../storage/index.ts';
import { contactSchema, type Contact } from '../model/contact.ts';
import { parseInput } from '../model/parse.ts';

/** Where a person wants to be told. Under the bell they always are. */
export class Contacts {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  async get({ accountId }: AccountPrincipal): Promise<Contact> {
    const [found] = await this.#db
      .select({ email: contactPreference.email, emailOn: contactPreference.emailOn })
      .from(contactPreference)
      .where(eq(contactPreference.accountId, accountId));
    return found ?? { email: null, emailOn: false };
  }

  /** @throws {HubError} invalid_message */
  async set({ accountId }: AccountPrincipal, contact: unknown): Promise<void> {
    const values = { ...parseInput(contactSchema, contact), updatedAt: new Date(this.#now()) };
    await this.#db
      .insert(contactPreference)
      .values({ accountId, ...values })
      .onConflictDoUpdate({ target: contactPreference.accountId, set: values });
  }
}
