import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { and, asc, eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { webhook, type Database } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';
import { isPublicAddress } from './channels/public-address.ts';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.');

/** https, or http on this very machine; no login in the address, where it would be shown. */
const webhookUrlSchema = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine(
    (text) => {
      const { protocol, hostname, username, password } = new URL(text);
      return (protocol === 'https:' || isLoopback(hostname)) && username === '' && password === '';
    },
    { error: 'https without a login, please' },
  );

export interface WebhookView {
  webhookId: string;
  url: string;
  createdAtMs: number;
}

/** Other systems of an institution that are told of its appointments; the affair of its administrators. */
export class Webhooks {
  readonly #db: Database;
  readonly #allowPrivate: boolean;

  constructor(db: Database, { allowPrivate }: { allowPrivate: boolean }) {
    this.#db = db;
    this.#allowPrivate = allowPrivate;
  }

  /** The secret is shown here and never again. @throws {HubError} forbidden, invalid_message */
  async add(principal: AccountPrincipal, url: unknown): Promise<{ webhookId: string; secret: string }> {
    const { accountId, institutionId } = administrator(principal);
    const parsed = parseInput(webhookUrlSchema, url);
    const host = new URL(parsed).hostname;
    const address = host.replace(/^\[|\]$/g, '');
    const isPrivate = isLoopback(host) || (isIP(address) !== 0 && !isPublicAddress(address));
    if (isPrivate && !this.#allowPrivate) throw new HubError('invalid_message', 'not a public address');
    // As the Standard Webhooks specification writes secrets: 24 to 64 bytes in base64.
    const [webhookId, secret] = [newId(), `whsec_${randomBytes(32).toString('base64')}`];
    await this.#db
      .insert(webhook)
      .values({ id: webhookId, institutionId, url: parsed, secret, createdBy: accountId });
    return { webhookId, secret };
  }

  /** @throws {HubError} forbidden */
  async list(principal: AccountPrincipal): Promise<WebhookView[]> {
    const { institutionId } = administrator(principal);
    const rows = await this.#db
      .select({ webhookId: webhook.id, url: webhook.url, createdAt: webhook.createdAt })
      .from(webhook)
      .where(and(eq(webhook.institutionId, institutionId), isNull(webhook.disabledAt)))
      .orderBy(asc(webhook.createdAt));
    return rows.map(({ createdAt, ...row }) => ({ ...row, createdAtMs: createdAt.getTime() }));
  }

  /** @throws {HubError} forbidden, not_found */
  async disable(principal: AccountPrincipal, webhookId: string): Promise<void> {
    const { institutionId } = administrator(principal);
    const disabled = await this.#db
      .update(webhook)
      .set({ disabledAt: new Date() })
      .where(
        and(eq(webhook.id, webhookId), eq(webhook.institutionId, institutionId), isNull(webhook.disabledAt)),
      )
      .returning({ id: webhook.id });
    if (disabled.length === 0) throw new HubError('not_found', 'no such webhook of this institution');
  }
}

function administrator(principal: AccountPrincipal): AccountPrincipal {
  if (!principal.roles.includes('administrator')) throw new HubError('forbidden');
  return principal;
}
