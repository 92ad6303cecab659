import { createHash } from 'node:crypto';
import { and, asc, desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { newId, type AccountPrincipal, type Principal } from '../../identity/index.ts';
import { HubError, type AccountRole } from '../../signaling/contract/index.ts';
import { isUniqueViolation, questionnaire, type Database, type Transaction } from '../../storage/index.ts';
import {
  problemsOf,
  questionnaireSchema,
  type Finding,
  type Questionnaire,
} from '../model/questionnaire/index.ts';
import { BUILT_IN, type BuiltInKey } from './published.ts';

/** Who decides what a clinic asks. */
const EDITORS: readonly AccountRole[] = ['administrator', 'rural_doctor', 'specialist'];

type Row = typeof questionnaire.$inferSelect;

export interface QuestionnaireVersion {
  questionnaireId: string;
  key: string;
  version: number;
  state: Row['state'];
  definition: Questionnaire;
  /** Another for whatever else is in it: who saves says with it what the changes were made to. */
  revision: string;
  createdAtMs: number;
  publishedAtMs: number | null;
}

export const questionnaireKeySchema = z.enum(Object.keys(BUILT_IN) as [BuiltInKey, ...BuiltInKey[]]);

/**
 * What a clinic asks, in versions: a draft is edited, published once and never changed again, because answers point at it; the next edit makes the
 * next version. Only people of the institution who may edit see any of it; to others it is `not_found` or `forbidden`.
 */
export class Questionnaires {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** All versions of the institution, the latest of each key first. @throws {HubError} forbidden */
  async list(principal: Principal): Promise<QuestionnaireVersion[]> {
    const { institutionId } = editor(principal);
    const rows = await this.#db
      .select()
      .from(questionnaire)
      .where(eq(questionnaire.institutionId, institutionId))
      .orderBy(asc(questionnaire.key), desc(questionnaire.version))
      .limit(500);
    return rows.map(versionOf);
  }

  /**
   * A new draft: a copy of what is published, or of what comes with the hub; or of a version of before, to go back to it.
   * @throws {HubError} forbidden, invalid_message, not_found (no such version of it), conflict (there is a draft already)
   */
  async draft(
    principal: Principal,
    key: unknown,
    { from = null }: { from?: string | null } = {},
  ): Promise<QuestionnaireVersion> {
    const { institutionId, accountId } = editor(principal);
    const parsed = questionnaireKeySchema.safeParse(key);
    if (!parsed.success) throw new HubError('invalid_message', 'key: not one of those that are asked');
    try {
      return await this.#db.transaction(async (tx) => {
        const versions = await tx
          .select()
          .from(questionnaire)
          .where(and(eq(questionnaire.institutionId, institutionId), eq(questionnaire.key, parsed.data)))
          .orderBy(desc(questionnaire.version));
        if (versions.some(({ state }) => state === 'draft'))
          throw new HubError('conflict', 'there is a draft');
        const source = versions.find(({ id, state }) =>
          from === null ? state === 'published' : id === from,
        );
        if (from !== null && !source) throw new HubError('not_found', 'no such version');
        const [row] = await tx
          .insert(questionnaire)
          .values({
            id: newId(),
            institutionId,
            key: parsed.data,
            version: (versions[0]?.version ?? 0) + 1,
            definition: source?.definition ?? BUILT_IN[parsed.data],
            createdBy: accountId,
            createdAt: new Date(this.#now()),
          })
          .returning();
        return versionOf(row as Row);
      });
    } catch (error) {
      // Two began at once: the version's number was the same.
      if (isUniqueViolation(error)) throw new HubError('conflict', 'there is a draft', { cause: error });
      throw error;
    }
  }

  /**
   * Writes a draft anew. It may be kept with mistakes in it; what they are is answered, and publishing waits for their end. `basedOn` is the
   * revision that was changed: what somebody else has saved meanwhile is not overwritten.
   * @throws {HubError} forbidden, not_found, conflict (published, retired, or another revision by now), invalid_message
   */
  async save(
    principal: Principal,
    questionnaireId: string,
    definition: unknown,
    basedOn: string,
  ): Promise<{ revision: string; problems: Finding[] }> {
    const person = editor(principal);
    const parsed = questionnaireSchema.safeParse(definition);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new HubError('invalid_message', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
    }
    const saved = await this.#db.transaction(async (tx) => {
      await draftAt(tx, person, questionnaireId, basedOn);
      const [row] = await tx
        .update(questionnaire)
        .set({ definition: parsed.data })
        .where(eq(questionnaire.id, questionnaireId))
        .returning();
      return versionOf(row as Row);
    });
    return { revision: saved.revision, problems: problemsOf(parsed.data) };
  }

  /**
   * From now on this is asked; what was asked before is retired. `basedOn` is the revision that was looked at: what somebody else has saved
   * meanwhile is not published unseen.
   * @throws {HubError} forbidden, not_found, conflict (not a draft, or another revision by now), invalid_message (with what is wrong with it)
   */
  async publish(principal: Principal, questionnaireId: string, basedOn: string): Promise<void> {
    const person = editor(principal);
    await this.#db.transaction(async (tx) => {
      const own = await draftAt(tx, person, questionnaireId, basedOn);
      const problems = problemsOf(questionnaireSchema.parse(own.definition));
      if (problems.length > 0)
        throw new HubError(
          'invalid_message',
          problems.map(({ where, problem }) => `${where}: ${problem}`).join('; '),
        );
      await tx
        .update(questionnaire)
        .set({ state: 'retired' })
        .where(
          and(
            eq(questionnaire.institutionId, own.institutionId),
            eq(questionnaire.key, own.key),
            eq(questionnaire.state, 'published'),
          ),
        );
      await tx
        .update(questionnaire)
        .set({ state: 'published', publishedAt: new Date(this.#now()) })
        .where(eq(questionnaire.id, questionnaireId));
    });
  }

  /** The clinic goes back to what comes with the hub; a draft is given up. @throws {HubError} forbidden, not_found, conflict (retired already) */
  async retire(principal: Principal, questionnaireId: string): Promise<void> {
    const person = editor(principal);
    await this.#db.transaction(async (tx) => {
      await ownOf(tx, person, questionnaireId, 'draft', 'published');
      await tx.update(questionnaire).set({ state: 'retired' }).where(eq(questionnaire.id, questionnaireId));
    });
  }
}

function editor(principal: Principal): AccountPrincipal {
  if (principal.kind !== 'account' || !principal.roles.some((role) => EDITORS.includes(role)))
    throw new HubError('forbidden');
  return principal;
}

async function ownOf(
  tx: Transaction,
  { institutionId }: AccountPrincipal,
  questionnaireId: string,
  ...states: Row['state'][]
): Promise<Row> {
  const [own] = await tx
    .select()
    .from(questionnaire)
    .where(and(eq(questionnaire.id, questionnaireId), eq(questionnaire.institutionId, institutionId)))
    .for('update');
  if (!own) throw new HubError('not_found', 'no such questionnaire');
  if (!states.includes(own.state)) throw new HubError('conflict', `it is ${own.state}`);
  return own;
}

/** The draft as somebody has seen it. */
async function draftAt(
  tx: Transaction,
  person: AccountPrincipal,
  questionnaireId: string,
  revision: string,
): Promise<Row> {
  const own = await ownOf(tx, person, questionnaireId, 'draft');
  if (versionOf(own).revision !== revision)
    throw new HubError('conflict', 'somebody else has saved meanwhile');
  return own;
}

function versionOf(row: Row): QuestionnaireVersion {
  return {
    questionnaireId: row.id,
    key: row.key,
    version: row.version,
    state: row.state,
    definition: row.definition as Questionnaire,
    // As the database orders it, so the same for the same, whoever wrote it.
    revision: createHash('sha256').update(JSON.stringify(row.definition)).digest('hex'),
    createdAtMs: row.createdAt.getTime(),
    publishedAtMs: row.publishedAt?.getTime() ?? null,
  };
}
