import { createHash } from 'node:crypto';
import { and, asc, count, eq, isNull, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { newId, type Principal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import {
  caseAttachment,
  caseAttachmentPart,
  caseDocument,
  clinicalCase,
  type Database,
  type Transaction,
} from '../../storage/index.ts';
import { actorOf } from '../cases/access.ts';
import type { CaseLook } from '../cases/case-view.ts';
import type { Cases } from '../cases/cases.ts';
import type { CaseRow } from '../cases/effects.ts';
import { writeHappening } from '../cases/happening.ts';
import type { CaseNews } from '../cases/news.ts';
import type { AttachmentEvent, AttachmentEventData } from '../model/attachments/attachment-events.ts';
import {
  ATTACHMENT_TYPES,
  cleanName,
  declaredType,
  MOST_ATTACHMENTS,
  MOST_BYTES,
  PART_BYTES,
} from '../model/attachments/attachment-rules.ts';
import { WORKFLOWS } from '../model/index.ts';
import { parseInput } from '../model/parse.ts';
import { inParts } from './in-parts.ts';
import { TextCheck, typeByFirstBytes } from './sniff.ts';

const newAttachmentSchema = z.strictObject({
  name: z.string().min(1).max(500),
  /** As the browser says; empty where it does not know. */
  mediaType: z.string().max(200),
  sizeBytes: z.int().min(1),
});
export type NewAttachment = z.input<typeof newAttachmentSchema>;

export interface AttachmentView {
  attachmentId: string;
  name: string;
  mediaType: string;
  sizeBytes: number;
  sha256: string;
  addedBy: string;
  addedAtMs: number;
}

/** As whoever looks sees it in the list. */
export interface ListedAttachment extends AttachmentView {
  mayRemove: boolean;
}

export interface OpenedAttachment extends AttachmentView {
  /** Part by part from the database; nothing is held but the part at hand. */
  body: AsyncIterable<Buffer>;
}

/** `removed_by` of a file that is still coming in, or whose upload broke off: nobody sees it. */
const COMING_IN = 'upload';
/** Ours: an upload that took longer than this has broken off. */
const BROKEN_OFF_MS = 3_600_000;

/** Files that belong to cases. Bytes go straight into the database, whole or not at all for whoever looks. */
export class Attachments {
  readonly #db: Database;
  readonly #cases: Cases;
  readonly #news: CaseNews;
  readonly #now: () => number;

  constructor(parts: { db: Database; cases: Cases; news: CaseNews; now?: () => number }) {
    this.#db = parts.db;
    this.#cases = parts.cases;
    this.#news = parts.news;
    this.#now = parts.now ?? Date.now;
  }

  /**
   * @throws {HubError} not_found, forbidden (looks on only), out_of_order (the case takes nothing more), message_too_large (by what is
   *   declared, before a byte is read, and by what comes), unsupported_media (none of the allowed types, or not what it says it is),
   *   invalid_message (not as long as declared), conflict (as many as a case may have)
   */
  async add(
    principal: Principal,
    caseId: string,
    raw: NewAttachment,
    body: AsyncIterable<Uint8Array>,
  ): Promise<AttachmentView> {
    const look = await this.#cases.look(principal, caseId);
    mayChange(look);
    const declared = parseInput(newAttachmentSchema, raw);
    if (declared.sizeBytes > MOST_BYTES) throw new HubError('message_too_large');
    const claimed = declaredType(declared.mediaType);
    if (claimed !== null && !Object.hasOwn(ATTACHMENT_TYPES, claimed))
      throw new HubError('unsupported_media', 'files of this type are not kept');
    const attachmentId = newId();
    await this.#begin(attachmentId, look, principal, declared.sizeBytes);
    try {
      const { mediaType, sha256 } = await this.#store(attachmentId, declared.sizeBytes, claimed, body);
      return await this.#show(look, principal, attachmentId, {
        name: cleanName(declared.name, mediaType),
        mediaType,
        sha256,
      });
    } catch (error) {
      await this.#db.delete(caseAttachment).where(eq(caseAttachment.id, attachmentId));
      throw error;
    }
  }

  async #begin(attachmentId: string, { row }: CaseLook, by: Principal, sizeBytes: number): Promise<void> {
    const at = new Date(this.#now());
    await this.#db.transaction(async (tx) => {
      await openCase(tx, row.id);
      await tx
        .delete(caseAttachment)
        .where(
          and(
            eq(caseAttachment.caseId, row.id),
            eq(caseAttachment.removedBy, COMING_IN),
            lt(caseAttachment.addedAt, new Date(at.getTime() - BROKEN_OFF_MS)),
          ),
        );
      await roomForOneMore(tx, row.id, COMING_IN);
      await tx.insert(caseAttachment).values({
        id: attachmentId,
        caseId: row.id,
        name: '',
        mediaType: '',
        sizeBytes,
        sha256: '',
        addedBy: by.principalId,
        addedAt: at,
        removedBy: COMING_IN,
        removedAt: at,
      });
    });
  }

  async #store(
    attachmentId: string,
    sizeBytes: number,
    claimed: string | null,
    body: AsyncIterable<Uint8Array>,
  ): Promise<{ mediaType: string; sha256: string }> {
    const hash = createHash('sha256');
    const text = new TextCheck();
    let mediaType: string | null = null;
    let number = 0;
    let received = 0;
    for await (const part of inParts(body, PART_BYTES)) {
      received += part.length;
      if (received > sizeBytes) throw new HubError('message_too_large', 'longer than was declared');
      if (number === 0) {
        mediaType = await typeByFirstBytes(part);
        expectKept(mediaType, claimed);
      }
      hash.update(part);
      if (mediaType === null) text.add(part);
      await this.#db.insert(caseAttachmentPart).values({ attachmentId, number: number++, data: part });
    }
    if (received !== sizeBytes) throw new HubError('invalid_message', 'shorter than was declared');
    if (mediaType === null && !text.end())
      throw new HubError('unsupported_media', 'none of the types that are kept');
    return { mediaType: mediaType ?? 'text/plain', sha256: hash.digest('hex') };
  }

  async #show(
    look: CaseLook,
    by: Principal,
    attachmentId: string,
    values: { name: string; mediaType: string; sha256: string },
  ): Promise<AttachmentView> {
    const { view, changed } = await this.#db.transaction(async (tx) => {
      const row = await openCase(tx, look.row.id);
      refuseWhileStopped(row);
      await roomForOneMore(tx, row.id, null);
      const [shown] = await tx
        .update(caseAttachment)
        .set({ ...values, removedBy: null, removedAt: null })
        .where(eq(caseAttachment.id, attachmentId))
        .returning();
      if (!shown) throw new HubError('timeout', 'the upload took too long');
      return { view: viewOf(shown), changed: await this.#written(tx, row, by, 'attachment.added', shown) };
    });
    this.#news.changed(changed);
    return view;
  }

  /** Whether this person could add a file now. @throws {HubError} not_found */
  async mayAdd(principal: Principal, caseId: string): Promise<boolean> {
    const look = await this.#cases.look(principal, caseId);
    return takesPart(look) && takesFiles(look.row);
  }

  /** What is there, the oldest first. @throws {HubError} not_found */
  async list(principal: Principal, caseId: string): Promise<ListedAttachment[]> {
    const look = await this.#cases.look(principal, caseId);
    const rows = await this.#db
      .select()
      .from(caseAttachment)
      .where(and(eq(caseAttachment.caseId, caseId), isNull(caseAttachment.removedAt)))
      .orderBy(asc(caseAttachment.addedAt), asc(caseAttachment.id));
    const open = takesPart(look) && takesFiles(look.row) && !(await isDecided(this.#db, caseId));
    return rows.map((row) => ({ ...viewOf(row), mayRemove: open && isTheirs(look, row, principal) }));
  }

  /** @throws {HubError} not_found, also for what was removed */
  async read(principal: Principal, caseId: string, attachmentId: string): Promise<OpenedAttachment> {
    await this.#cases.look(principal, caseId);
    const [row] = await this.#db.select().from(caseAttachment).where(shown(caseId, attachmentId));
    if (!row) throw new HubError('not_found', 'no such file in this case');
    return { ...viewOf(row), body: this.#parts(attachmentId) };
  }

  async *#parts(attachmentId: string): AsyncGenerator<Buffer> {
    for (let number = 0; ; number++) {
      const [part] = await this.#db
        .select({ data: caseAttachmentPart.data })
        .from(caseAttachmentPart)
        .where(and(eq(caseAttachmentPart.attachmentId, attachmentId), eq(caseAttachmentPart.number, number)));
      if (!part) return;
      yield part.data;
    }
  }

  /**
   * Out of sight for everybody, kept on record.
   * @throws {HubError} not_found, forbidden (neither their file nor their request), out_of_order (also once an opinion or a report rests on it)
   */
  async remove(principal: Principal, caseId: string, attachmentId: string): Promise<void> {
    const look = await this.#cases.look(principal, caseId);
    mayChange(look);
    const changed = await this.#db.transaction(async (tx) => {
      const row = await openCase(tx, caseId);
      refuseWhileStopped(row);
      const [found] = await tx.select().from(caseAttachment).where(shown(caseId, attachmentId));
      if (!found) throw new HubError('not_found', 'no such file in this case');
      if (!isTheirs(look, found, principal))
        throw new HubError('forbidden', 'somebody else added it to somebody else’s case');
      if (await isDecided(tx, caseId))
        throw new HubError('out_of_order', 'what is concluded rests on the files that were there');
      const [removed] = await tx
        .update(caseAttachment)
        .set({ removedBy: principal.principalId, removedAt: new Date(this.#now()) })
        .where(shown(caseId, attachmentId))
        .returning();
      if (!removed) throw new HubError('not_found', 'no such file in this case');
      return this.#written(tx, row, principal, 'attachment.removed', removed);
    });
    this.#news.changed(changed);
  }

  #written(
    tx: Transaction,
    row: CaseRow,
    by: Principal,
    type: AttachmentEvent,
    { id, mediaType, sizeBytes }: typeof caseAttachment.$inferSelect,
  ): Promise<CaseRow> {
    const data: AttachmentEventData = { attachmentId: id, mediaType, sizeBytes };
    return writeHappening(tx, row, actorOf(by), { type, data, at: new Date(this.#now()) });
  }
}

const shown = (caseId: string, attachmentId: string) =>
  and(
    eq(caseAttachment.id, attachmentId),
    eq(caseAttachment.caseId, caseId),
    isNull(caseAttachment.removedAt),
  );

/** Parts in a case that bring nothing into it. */
const LOOKS_ON: ReadonlySet<string> = new Set(['as:observer', 'as:interpreter']);

const takesPart = ({ actors }: CaseLook): boolean =>
  [...actors].some(
    (actor) =>
      actor === 'requester' || actor === 'patient' || (actor.startsWith('as:') && !LOOKS_ON.has(actor)),
  );

function takesFiles({ kind, state }: Pick<CaseLook['row'], 'kind' | 'state'>): boolean {
  const at = WORKFLOWS[kind].states[state];
  return at !== undefined && !at.closed && !at.frozen;
}

/** Whoever added a file, or asked for what it is about: nobody else takes from the pack what a decision may rest on. */
const isTheirs = (
  { actors }: CaseLook,
  { addedBy }: Pick<AttachmentView, 'addedBy'>,
  { principalId }: Principal,
): boolean => addedBy === principalId || actors.has('requester');

/** Something final was written in the case. */
const isDecided = async (db: Pick<Database, '$count'>, caseId: string): Promise<boolean> =>
  (await db.$count(caseDocument, and(eq(caseDocument.caseId, caseId), eq(caseDocument.state, 'final')))) > 0;

function mayChange(look: CaseLook): void {
  if (!takesPart(look)) throw new HubError('forbidden');
  refuseWhileStopped(look.row);
}

function refuseWhileStopped(row: Pick<CaseLook['row'], 'kind' | 'state'>): void {
  if (!takesFiles(row)) throw new HubError('out_of_order', `nothing is attached while ${row.state}`);
}

/** Locked, so that two uploads cannot both be the twentieth and a step that stops the case comes before or after. */
async function openCase(tx: Transaction, caseId: string): Promise<CaseRow> {
  const [row] = await tx.select().from(clinicalCase).where(eq(clinicalCase.id, caseId)).for('update');
  if (!row) throw new HubError('not_found', 'no such case');
  return row;
}

/** Counts what is there and, while one begins, what is coming in: twenty uploads at once are as many as twenty files. */
async function roomForOneMore(
  tx: Transaction,
  caseId: string,
  alsoBy: typeof COMING_IN | null,
): Promise<void> {
  const counted =
    alsoBy === null
      ? isNull(caseAttachment.removedAt)
      : sql`(${caseAttachment.removedAt} IS NULL OR ${caseAttachment.removedBy} = ${alsoBy})`;
  const [there] = await tx
    .select({ number: count() })
    .from(caseAttachment)
    .where(and(eq(caseAttachment.caseId, caseId), counted));
  if ((there?.number ?? 0) >= MOST_ATTACHMENTS)
    throw new HubError('conflict', `a case has ${MOST_ATTACHMENTS} files at most`);
}

/** As early as the first bytes tell. What they do not tell can only be text. */
function expectKept(mediaType: string | null, claimed: string | null): void {
  if (mediaType !== null && !Object.hasOwn(ATTACHMENT_TYPES, mediaType))
    throw new HubError('unsupported_media', 'files of this type are not kept');
  if (claimed !== null && claimed !== (mediaType ?? 'text/plain'))
    throw new HubError('unsupported_media', 'it is not what it says it is');
}

function viewOf(row: typeof caseAttachment.$inferSelect): AttachmentView {
  const { id, name, mediaType, sizeBytes, sha256, addedBy, addedAt } = row;
  return { attachmentId: id, name, mediaType, sizeBytes, sha256, addedBy, addedAtMs: addedAt.getTime() };
}
