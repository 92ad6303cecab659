import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { webhook, type Database } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';
import { isPublicAddress } from './channels/public-address.ts';
import { lastDeliveries, type Delivery } from './deliveries.ts';

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
  /** Since when it is told nothing; null while it is. */
  disabledAtMs: number | null;
  /** The last message to it; null before the first. */
  last: Delivery | null;
}

const MOST_LISTED = 200;

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

  /** Those that are told first; at most 200. @throws {HubError} forbidden */
  async list(principal: AccountPrincipal): Promise<WebhookView[]> {
    const { institutionId } = administrator(principal);
    const rows = await this.#db
      .select()
      .from(webhook)
      .where(eq(webhook.institutionId, institutionId))
      .orderBy(sql`${webhook.disabledAt} IS NOT NULL`, asc(webhook.createdAt))
      .limit(MOST_LISTED);
    const last = await lastDeliveries(
      this.#db,
      rows.map(({ id }) => id),
    );
    return rows.map(({ id, url, createdAt, disabledAt }) => ({
      webhookId: id,
      url,
      createdAtMs: createdAt.getTime(),
      disabledAtMs: disabledAt?.getTime() ?? null,
      last: last.get(id) ?? null,
    }));
  }

  /** Told nothing any more, until it is enabled again. @throws {HubError} forbidden, not_found */
  disable(principal: AccountPrincipal, webhookId: string): Promise<void> {
    return this.#turn(principal, webhookId, new Date());
  }

  /** Told again, under the same secret: of what happens from now on. @throws {HubError} forbidden, not_found */
  enable(principal: AccountPrincipal, webhookId: string): Promise<void> {
    return this.#turn(principal, webhookId, null);
  }

  async #turn(principal: AccountPrincipal, webhookId: string, disabledAt: Date | null): Promise<void> {
    const { institutionId } = administrator(principal);
    const turned = await this.#db
      .update(webhook)
      .set({ disabledAt })
      .where(
        and(
          eq(webhook.id, webhookId),
          eq(webhook.institutionId, institutionId),
          disabledAt === null ? isNotNull(webhook.disabledAt) : isNull(webhook.disabledAt),
        ),
      )
      .returning({ id: webhook.id });
    if (turned.length === 0) throw new HubError('not_found', 'no such webhook of this institution');
  }
}

function administrator(principal: AccountPrincipal): AccountPrincipal {
  if (!principal.roles.includes('administrator')) throw new HubError('forbidden');
  return principal;
}
