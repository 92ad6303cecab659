import { and, desc, eq, gte, inArray, isNull, sql } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { hashOf, newId, newToken } from '../../identity/ids.ts';
import { HubError, lineSchema } from '../../signaling/contract/index.ts';
import { aiModel, aiSuggestion, type Database } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';

/** What a model said in the last 30 days, and what people made of it. */
export interface AiModelActivity {
  suggestions: number;
  accepted: number;
  rejected: number;
  lastAtMs: number;
  /** As the model called itself last. */
  version: string;
}

export interface AiModelSummary {
  modelId: string;
  name: string;
  createdAtMs: number;
  revokedAtMs: number | null;
  /** Null: it has said nothing lately. */
  lately: AiModelActivity | null;
}

/** Ours: as long as somebody remembers. */
const LATELY_MS = 30 * 24 * 60 * 60_000;

export interface KnownModel {
  modelId: string;
  institutionId: string;
  name: string;
}

/** Which models may make suggestions, by the administrators of the institutions that answer for them. */
export class AiModels {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * The token is shown once; only its hash is kept.
   * @throws {HubError} forbidden (no administrator), invalid_message
   */
  async register(person: AccountPrincipal, rawName: unknown): Promise<{ modelId: string; token: string }> {
    const { institutionId } = administrator(person);
    const name = parseInput(lineSchema, rawName);
    const modelId = newId();
    const token = newToken();
    await this.#db.insert(aiModel).values({
      id: modelId,
      institutionId,
      name,
      tokenHash: hashOf(token),
      createdBy: person.accountId,
      createdAt: new Date(this.#now()),
    });
    return { modelId, token };
  }

  /**
   * What it has suggested stays; it suggests nothing more.
   * @throws {HubError} forbidden, not_found (no such model of this institution, or revoked before)
   */
  async revoke(person: AccountPrincipal, modelId: string): Promise<void> {
    const { institutionId } = administrator(person);
    const revoked = await this.#db
      .update(aiModel)
      .set({ revokedAt: new Date(this.#now()) })
      .where(
        and(eq(aiModel.id, modelId), eq(aiModel.institutionId, institutionId), isNull(aiModel.revokedAt)),
      )
      .returning({ id: aiModel.id });
    if (revoked.length === 0) throw new HubError('not_found', 'no such model at work');
  }

  /** Those of the own institution, newest first. @throws {HubError} forbidden */
  async list(person: AccountPrincipal): Promise<AiModelSummary[]> {
    const { institutionId } = administrator(person);
    const rows = await this.#db
      .select()
      .from(aiModel)
      .where(eq(aiModel.institutionId, institutionId))
      .orderBy(desc(aiModel.createdAt))
      .limit(200);
    const lately = await this.#lately(rows.map(({ id }) => id));
    return rows.map(({ id, name, createdAt, revokedAt }) => ({
      modelId: id,
      name,
      createdAtMs: createdAt.getTime(),
      revokedAtMs: revokedAt?.getTime() ?? null,
      lately: lately.get(id) ?? null,
    }));
  }

  async #lately(modelIds: readonly string[]): Promise<Map<string, AiModelActivity>> {
    if (modelIds.length === 0) return new Map();
    const { modelId, receivedAt, decision, modelVersion } = aiSuggestion;
    const rows = await this.#db
      .select({
        modelId,
        suggestions: sql<number>`count(*)::int`,
        accepted: sql<number>`count(*) FILTER (WHERE ${decision} = 'accepted')::int`,
        rejected: sql<number>`count(*) FILTER (WHERE ${decision} = 'rejected')::int`,
        lastAt: sql`max(${receivedAt})`.mapWith(receivedAt),
        version: sql<string>`(array_agg(${modelVersion} ORDER BY ${receivedAt} DESC))[1]`,
      })
      .from(aiSuggestion)
      .where(and(inArray(modelId, [...modelIds]), gte(receivedAt, new Date(this.#now() - LATELY_MS))))
      .groupBy(modelId);
    return new Map(
      rows.map(({ modelId: id, lastAt, ...rest }) => [id, { ...rest, lastAtMs: (lastAt as Date).getTime() }]),
    );
  }

  /** Null: unknown, or revoked. */
  async ofToken(token: string): Promise<KnownModel | null> {
    const [row] = await this.#db
      .select({ modelId: aiModel.id, institutionId: aiModel.institutionId, name: aiModel.name })
      .from(aiModel)
      .where(and(eq(aiModel.tokenHash, hashOf(token)), isNull(aiModel.revokedAt)));
    return row ?? null;
  }
}

function administrator(person: AccountPrincipal): AccountPrincipal {
  if (!person.roles.includes('administrator')) throw new HubError('forbidden');
  return person;
}
