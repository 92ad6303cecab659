import { and, desc, eq, inArray, like, or, sql, type SQL } from 'drizzle-orm';
import type { Principal } from '../../identity/index.ts';
import { patient, type Database } from '../../storage/index.ts';
import { normalDocumentNumber } from '../model/people/index.ts';
import { permit } from './access.ts';
import type { DocumentDigest } from './document-digest.ts';
import { viewOfPatient, type PatientRow, type PatientView } from './patient-view.ts';
import { latinLetters, otherInitials, otherReadings, readingOf, type OtherReading } from './readings.ts';

export interface FoundPatient extends PatientView {
  /** The name that was found, when it stands in a record that is part of this one by now. */
  foundAs: string | null;
}

const MOST_FOUND = 20;
/** More, because several may be records of one patient. */
const MOST_HITS = 2 * MOST_FOUND;
/** Fewer digits are half the institution. */
const LEAST_PHONE_DIGITS = 4;
const LONGEST_QUERY = 64;

/** Finds patients of one's own institution by what people have in hand: the name, its sound, the telephone, the document. */
export class PatientSearch {
  readonly #db: Database;
  readonly #digest: DocumentDigest;

  constructor({ db, digest }: { db: Database; digest: DocumentDigest }) {
    this.#db = db;
    this.#digest = digest;
  }

  /** At most 20, whole matches first, then those that changed last. Nothing for what cannot be looked for. @throws {HubError} forbidden */
  async find(principal: Principal, text: string): Promise<FoundPatient[]> {
    const { institutionId } = permit(principal, 'patient.read');
    const query = this.queryFor(institutionId, text);
    return query ? this.#asKept(await query) : [];
  }

  /** The statement itself, so that a test may ask PostgreSQL for its plan. */
  queryFor(institutionId: string, text: string) {
    const typed = text.normalize('NFKC').replace(/\s+/g, ' ').trim();
    if (typed === '' || typed.length > LONGEST_QUERY || !typed.isWellFormed() || typed.includes('\0'))
      return null;
    const { matches, whole } = /\d/.test(typed) ? this.#byNumber(typed) : byName(typed);
    return this.#db
      .select()
      .from(patient)
      .where(and(eq(patient.institutionId, institutionId), or(...matches)))
      .orderBy(desc(whole), desc(patient.updatedAt))
      .limit(MOST_HITS);
  }

  #byNumber(typed: string): { matches: SQL[]; whole: SQL } {
    const number = normalDocumentNumber(typed);
    const byDocument = inArray(patient.idDigest, this.#digest.ofAnyKind(number));
    if (!/^\+?\d+$/.test(number) || number.length < LEAST_PHONE_DIGITS)
      return { matches: [byDocument], whole: byDocument };
    const turned = [...number.replace(/^\+?86(?=1\d{10}$)/, '')].reverse().join('');
    return {
      matches: [byDocument, like(sql`reverse(${patient.phone})`, prefix(turned))],
      whole: sql`(reverse(${patient.phone}) = ${turned})`,
    };
  }

  /** Each record as the one that it is part of, once. */
  async #asKept(hits: PatientRow[]): Promise<FoundPatient[]> {
    const known = new Map(hits.map((row) => [row.id, row]));
    const rootOf = (row: PatientRow): PatientRow | string => {
      if (row.mergedInto === null) return row;
      const next = known.get(row.mergedInto);
      return next ? rootOf(next) : row.mergedInto;
    };
    for (;;) {
      const missing = [...known.values()].map(rootOf).filter((root) => typeof root === 'string');
      if (missing.length === 0) break;
      const rows = await this.#db.select().from(patient).where(inArray(patient.id, missing));
      for (const row of rows) known.set(row.id, row);
    }
    const found = new Map<string, FoundPatient>();
    for (const hit of hits) {
      const root = rootOf(hit) as PatientRow;
      if (!found.has(root.id) || root === hit)
        found.set(root.id, { ...viewOfPatient(root), foundAs: root === hit ? null : hit.name });
    }
    return [...found.values()].slice(0, MOST_FOUND);
  }
}

function byName(typed: string): { matches: SQL[]; whole: SQL } {
  const matches = [like(patient.name, prefix(typed))];
  // Half typed by an input method, 张gui is meant by its sound.
  const mixed = /\p{Script=Han}/u.test(typed)
    ? readingOf(typed).pinyin
    : latinLetters(typed).replaceAll(' ', '');
  const sound = mixed.replace(/([ln])yu/g, '$1v');
  if (/[A-Za-z]/.test(typed.normalize('NFD')) && sound !== '')
    matches.push(
      like(patient.pinyin, prefix(sound)),
      like(patient.pinyinInitials, prefix(sound)),
      ...otherReadings(sound).map((other) => withCharacter(patient.pinyin, other)),
      ...otherInitials(sound).map((other) => withCharacter(patient.pinyinInitials, other)),
    );
  return {
    matches,
    whole: sql`(${patient.name} = ${typed} OR ${patient.pinyin} = ${sound})`,
  };
}

function withCharacter(
  column: typeof patient.pinyin | typeof patient.pinyinInitials,
  { prefix: written, character, atHead }: OtherReading,
): SQL {
  return and(
    like(column, prefix(written)),
    like(patient.name, atHead ? prefix(character) : `%${character}%`),
  ) as SQL;
}

const prefix = (text: string): string => `${text.replace(/[\\%_]/g, '\\$&')}%`;
