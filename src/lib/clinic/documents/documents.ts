import { and, asc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { accountPrincipalId, newId, type AccountPrincipal, type Principal } from '../../identity/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import { HubError, isHubError } from '../../signaling/contract/index.ts';
import { caseDocument, clinicalCase, type Database } from '../../storage/index.ts';
import type { CaseLook } from '../cases/case-view.ts';
import type { Cases } from '../cases/cases.ts';
import { WORKFLOWS } from '../model/index.ts';
import {
  DOCUMENTS,
  emptySections,
  SECTIONED_KINDS,
  sectionTextSchema,
  write,
  type Section,
  type SectionedKind,
  type Sections,
} from '../model/documents/document-kinds.ts';
import { parseInput } from '../model/parse.ts';

export interface DocumentView {
  documentId: string;
  kind: SectionedKind;
  state: 'draft' | 'final' | 'superseded';
  sections: Sections;
  version: number;
  /** The document that this one takes the place of. */
  supersedes: string | null;
  finalBy: string | null;
  finalAtMs: number | null;
  updatedAtMs: number;
}

const changeSchema = z.strictObject({
  section: z.string().max(64),
  text: sectionTextSchema,
  /** The section's version that the text was written upon. */
  basedOn: z.int().min(0),
});
export type SectionChange = z.input<typeof changeSchema>;

export type WriteOutcome =
  { outcome: 'written'; version: number } | { outcome: 'conflict'; current: Section };

/** What is written in cases, by several people at once. It becomes final by a step of its case (`document-steps.ts`). */
export class Documents {
  readonly #db: Database;
  readonly #bus: Pick<Bus, 'notifyPrincipal'>;
  readonly #cases: Cases;
  readonly #now: () => number;

  constructor(parts: { db: Database; bus: Pick<Bus, 'notifyPrincipal'>; cases: Cases; now?: () => number }) {
    this.#db = parts.db;
    this.#bus = parts.bus;
    this.#cases = parts.cases;
    this.#now = parts.now ?? Date.now;
  }

  /** All of a case, the oldest first, superseded ones too. @throws {HubError} not_found */
  async list(principal: Principal, caseId: string): Promise<DocumentView[]> {
    await this.#cases.look(principal, caseId);
    const rows = await this.#db
      .select()
      .from(caseDocument)
      .where(eq(caseDocument.caseId, caseId))
      .orderBy(asc(caseDocument.createdAt));
    return rows.filter(isSectioned).map(viewOf);
  }

  /**
   * The draft of this kind; begun if there is none, however many people do so at once.
   * @throws {HubError} not_found, forbidden (no writer of it), out_of_order (the case takes no more writing, or one is final already: it is
   *   amended by a step of the case)
   */
  async draft(principal: AccountPrincipal, caseId: string, kind: SectionedKind): Promise<DocumentView> {
    const look = await this.#cases.look(principal, caseId);
    mayWrite(look, kind);
    const at = new Date(this.#now());
    return this.#db.transaction(async (tx) => {
      const ofKind = and(eq(caseDocument.caseId, caseId), eq(caseDocument.kind, kind));
      const find = async () => (await tx.select().from(caseDocument).where(ofKind)).filter(isSectioned);
      const before = await find();
      const draft = before.find(({ state }) => state === 'draft');
      if (draft) return viewOf(draft);
      if (before.some(({ state }) => state === 'final'))
        throw new HubError('out_of_order', `the ${kind} is final: amend it`);
      await tx
        .insert(caseDocument)
        .values({
          id: newId(),
          caseId,
          kind,
          sections: emptySections(kind),
          body: {},
          version: 1,
          createdAt: at,
          updatedAt: at,
        })
        .onConflictDoNothing();
      const begun = (await find()).find(({ state }) => state === 'draft');
      if (!begun) throw new HubError('conflict', 'it was concluded meanwhile');
      return viewOf(begun);
    });
  }

  /** Whether this person could write in such a document now. @throws {HubError} not_found */
  async mayWrite(principal: Principal, caseId: string, kind: SectionedKind): Promise<boolean> {
    const look = await this.#cases.look(principal, caseId);
    try {
      mayWrite(look, kind);
    } catch (error) {
      if (isHubError(error)) return false;
      throw error;
    }
    const [draft, final] = await Promise.all(
      (['draft', 'final'] as const).map((state) =>
        this.#db.$count(
          caseDocument,
          and(eq(caseDocument.caseId, caseId), eq(caseDocument.kind, kind), eq(caseDocument.state, state)),
        ),
      ),
    );
    // What is final is amended by a step of the case, which makes the draft.
    return draft !== 0 || final === 0;
  }

  /**
   * Changes one section, or says what stands there instead. May be repeated: the same text again changes nothing.
   * @throws {HubError} not_found, forbidden, invalid_message (text, no such section), out_of_order (final, or the case takes no writing)
   */
  async write(
    principal: AccountPrincipal,
    caseId: string,
    documentId: string,
    rawChange: SectionChange,
  ): Promise<WriteOutcome> {
    const look = await this.#cases.look(principal, caseId);
    const { section, text, basedOn } = parseInput(changeSchema, rawChange);
    const atMs = this.#now();
    const by = principal.accountId;
    const changed = await this.#db.transaction(async (tx) => {
      // A step that stops the case, or concludes the document, waits for this, or this for it.
      const [at] = await tx
        .select({ state: clinicalCase.state })
        .from(clinicalCase)
        .where(eq(clinicalCase.id, caseId))
        .for('share');
      const [row] = await tx
        .select()
        .from(caseDocument)
        .where(and(eq(caseDocument.id, documentId), eq(caseDocument.caseId, caseId)))
        .for('update');
      if (!row || !isSectioned(row)) throw new HubError('not_found', 'no such document in this case');
      mayWrite({ ...look, row: { ...look.row, ...at } }, row.kind);
      if (row.state !== 'draft') throw new HubError('out_of_order', 'it is final');
      const current = Object.hasOwn(row.sections, section) ? row.sections[section] : undefined;
      if (!current) throw new HubError('invalid_message', 'section: no such section');
      const written = write(current, { text, basedOn, by, atMs });
      if (written.outcome === 'conflict' || written.section === current) return { written, isNew: false };
      await tx
        .update(caseDocument)
        .set({
          sections: { ...row.sections, [section]: written.section },
          version: row.version + 1,
          updatedAt: new Date(atMs),
        })
        .where(eq(caseDocument.id, documentId));
      return { written, isNew: true };
    });
    if (changed.written.outcome === 'conflict') return changed.written;
    const { version } = changed.written.section;
    if (changed.isNew) this.#tell(look, { caseId, documentId, section, version });
    return { outcome: 'written', version };
  }

  /** Those who write and read it now; never with the text. */
  #tell(
    { row, participants }: CaseLook,
    data: { caseId: string; documentId: string; section: string; version: number },
  ): void {
    const people = new Set(participants.map(({ accountId }) => accountId));
    if (row.requestedBy !== null) people.add(row.requestedBy);
    for (const accountId of people)
      this.#bus.notifyPrincipal(accountPrincipalId(accountId), { type: 'document.changed', data });
  }
}

function mayWrite({ row, actors }: CaseLook, kind: SectionedKind): void {
  if (!DOCUMENTS[kind].writers.some((name) => actors.has(`as:${name}`))) throw new HubError('forbidden');
  const state = WORKFLOWS[row.kind].states[row.state];
  if (!state || state.closed || state.frozen)
    throw new HubError('out_of_order', `nothing is written while ${row.state}`);
}

type DocumentRow = typeof caseDocument.$inferSelect;
type SectionedRow = DocumentRow & { kind: SectionedKind };

const isSectioned = (row: DocumentRow): row is SectionedRow =>
  (SECTIONED_KINDS as readonly string[]).includes(row.kind);

function viewOf(row: SectionedRow): DocumentView {
  const { supersedes } = row.body as { supersedes?: string };
  return {
    documentId: row.id,
    kind: row.kind,
    state: row.state,
    sections: row.sections,
    version: row.version,
    supersedes: supersedes ?? null,
    finalBy: row.finalBy,
    finalAtMs: row.finalAt?.getTime() ?? null,
    updatedAtMs: row.updatedAt.getTime(),
  };
}
