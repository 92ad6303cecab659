import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { and, asc, count, eq } from 'drizzle-orm';
import type { Principal } from '../../identity/index.ts';
import {
  aiSuggestionSchema,
  HubError,
  regionSchema,
  type ImageRef,
  type Region,
} from '../../signaling/contract/index.ts';
import {
  account,
  aiModel,
  aiSuggestion,
  clinicalCase,
  isDatabaseAway,
  type Database,
  type Transaction,
} from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { CaseRow } from '../cases/effects.ts';
import { parseInput } from '../model/parse.ts';
import type { ReadingData } from '../model/reading/reading-data.ts';
import type { ReadingState } from '../model/workflows/reading.ts';
import type { AiModels, KnownModel } from './ai-models.ts';
import type { CallLimit } from './call-limit.ts';

/** Ours: a model that has more to say of one study says nothing. */
const MOST_PER_CASE = 200;
/** While a person may still read it. */
const OPEN_TO_MODELS: readonly ReadingState[] = [
  'waiting',
  'reading',
  'awaiting_second',
  'second_reading',
  'discrepant',
  'adjudicating',
];

/** What a model said, never more than that: `source` is on every one of them, for whatever shows it. */
export interface SuggestionView {
  source: 'ai';
  suggestionId: string;
  model: { name: string; version: string };
  finding: string;
  confidence: number;
  region: Region | null;
  receivedAtMs: number;
  decision: { decision: 'accepted' | 'rejected'; byName: string | null; atMs: number } | null;
}

interface Parts {
  db: Database;
  models: AiModels;
  cases: Cases;
  limit: CallLimit;
  /** Tells who has the case before them. Must not throw. */
  tell: (row: CaseRow) => void;
  now: () => number;
}

/** The one way for a model into the diagnosis centre. It adds to a list beside a case; the case itself it cannot touch. */
export class AiSuggestions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Takes what a model suggests; the same again is answered as before.
   * @throws {HubError} unauthenticated, rate_limited, invalid_message, forbidden (another model's name), not_found (no such study for this
   *   model's institution, or no such picture in it), out_of_order (not sent yet, or read), conflict (the client's id means something else
   *   already, or too many), unavailable
   */
  async add(
    token: string | null,
    { address }: { address: string },
    readBody: () => Promise<unknown>,
  ): Promise<{ suggestionId: string; isNew: boolean }> {
    try {
      const model = await this.#model(token, address);
      return await this.#add(model, await readBody());
    } catch (error) {
      if (isDatabaseAway(error)) throw new HubError('unavailable', 'the database is away', { cause: error });
      throw error;
    }
  }

  async #model(token: string | null, address: string): Promise<KnownModel> {
    const { models, limit } = this.#parts;
    const model = token === null ? null : await models.ofToken(token);
    limit.spend(model ? `model:${model.modelId}` : `address:${address}`);
    if (!model) throw new HubError('unauthenticated', 'the token is unknown or revoked');
    return model;
  }

  async #add(model: KnownModel, body: unknown): Promise<{ suggestionId: string; isNew: boolean }> {
    const { db, now, tell } = this.#parts;
    const said = parseInput(aiSuggestionSchema, body);
    if (said.model.name !== model.name) throw new HubError('forbidden', 'the token is another model’s');
    const suggestionId = idOf(model.modelId, said.caseId, said.clientId);
    const values: typeof aiSuggestion.$inferInsert = {
      id: suggestionId,
      caseId: said.caseId,
      modelId: model.modelId,
      modelVersion: said.model.version,
      finding: said.finding,
      confidence: said.confidence,
      region: said.region,
      receivedAt: new Date(now()),
    };
    const { row, isNew } = await db.transaction(async (tx) => {
      const row = await openStudy(tx, model, said.caseId);
      const [before] = await tx.select().from(aiSuggestion).where(eq(aiSuggestion.id, suggestionId));
      if (before) {
        if (!isSame(before, values)) throw new HubError('conflict', 'this client id means something else');
        return { row, isNew: false };
      }
      const { state, data } = row;
      if (!OPEN_TO_MODELS.includes(state as ReadingState))
        throw new HubError('out_of_order', 'nobody reads this study now');
      if (said.region) hasImage(data as ReadingData, said.region.image);
      if ((await countOf(tx, model, said.caseId)) >= MOST_PER_CASE)
        throw new HubError('conflict', `no more than ${MOST_PER_CASE} suggestions of a model for a study`);
      await tx.insert(aiSuggestion).values(values);
      return { row, isNew: true };
    });
    if (isNew) tell(row);
    return { suggestionId, isNew };
  }

  /** What models said of a case, the surest first. @throws {HubError} not_found */
  async list(person: Principal, caseId: string): Promise<SuggestionView[]> {
    await this.#parts.cases.look(person, caseId);
    const rows = await this.#parts.db
      .select({ suggestion: aiSuggestion, modelName: aiModel.name, deciderName: account.displayName })
      .from(aiSuggestion)
      .innerJoin(aiModel, eq(aiModel.id, aiSuggestion.modelId))
      .leftJoin(account, eq(account.id, aiSuggestion.decidedBy))
      .where(eq(aiSuggestion.caseId, caseId))
      .orderBy(asc(aiSuggestion.receivedAt), asc(aiSuggestion.id));
    return rows
      .map(({ suggestion, modelName, deciderName }) => viewOf(suggestion, modelName, deciderName))
      .sort((a, b) => b.confidence - a.confidence);
  }
}

/** Locked against the step that ends its reading meanwhile, and against a second suggestion that is counted at the same time. */
async function openStudy(tx: Transaction, { institutionId }: KnownModel, caseId: string): Promise<CaseRow> {
  const [row] = await tx
    .select()
    .from(clinicalCase)
    .where(and(eq(clinicalCase.id, caseId), eq(clinicalCase.kind, 'reading')))
    .for('update');
  if (!row || (row.institutionId !== institutionId && row.guestInstitutionId !== institutionId))
    throw new HubError('not_found', 'no such study');
  return row;
}

function hasImage({ images }: ReadingData, image: ImageRef): void {
  if (!images.some((each) => isDeepStrictEqual(each, image)))
    throw new HubError('not_found', 'no such picture in this study');
}

async function countOf(tx: Transaction, { modelId }: KnownModel, caseId: string): Promise<number> {
  const [row] = await tx
    .select({ many: count() })
    .from(aiSuggestion)
    .where(and(eq(aiSuggestion.caseId, caseId), eq(aiSuggestion.modelId, modelId)));
  return row?.many ?? 0;
}

/** The client's id within this model's words on this case: sent twice, it is one row. */
const idOf = (modelId: string, caseId: string, clientId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([modelId, caseId, clientId]))
    .digest('base64url')
    .slice(0, 24);

function isSame(
  { modelVersion, finding, confidence, region }: typeof aiSuggestion.$inferSelect,
  values: typeof aiSuggestion.$inferInsert,
): boolean {
  return (
    modelVersion === values.modelVersion &&
    finding === values.finding &&
    confidence === values.confidence &&
    isDeepStrictEqual(region, values.region)
  );
}

function viewOf(
  row: typeof aiSuggestion.$inferSelect,
  modelName: string,
  byName: string | null,
): SuggestionView {
  return {
    source: 'ai',
    suggestionId: row.id,
    model: { name: modelName, version: row.modelVersion },
    finding: row.finding,
    confidence: row.confidence,
    region: row.region === null ? null : regionSchema.parse(row.region),
    receivedAtMs: row.receivedAt.getTime(),
    decision:
      row.decision && row.decidedAt
        ? { decision: row.decision, byName, atMs: row.decidedAt.getTime() }
        : null,
  };
}
