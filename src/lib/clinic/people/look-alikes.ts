import { and, desc, eq, isNull, ne, or, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Principal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { patient, type Database } from '../../storage/index.ts';
import { permit } from './access.ts';
import type { DocumentDigest } from './document-digest.ts';
import { viewOfPatient, type PatientRow, type PatientView } from './patient-view.ts';
import { checkedPatient } from './patients.ts';
import { readingOf } from './readings.ts';

/** Why two records may be one patient's, the strongest first. */
export const LIKENESSES = [
  'same_document',
  'same_name_and_birth_date',
  'same_name_and_phone',
  'same_sound_birth_date_and_sex',
] as const;
export type Likeness = (typeof LIKENESSES)[number];

export interface LookAlike {
  patient: PatientView;
  likenesses: Likeness[];
}

export interface LikelyDuplicate {
  patients: [PatientView, PatientView];
  likenesses: Likeness[];
}

export interface LikelyDuplicates {
  pairs: LikelyDuplicate[];
  /** Where the next page begins; null at the end. */
  next: PlaceInList | null;
}

interface PlaceInList {
  updatedAtMs: number;
  patientId: string;
}

type Traits = Pick<PatientRow, 'name' | 'pinyin' | 'sex' | 'birthDate' | 'idKind' | 'idDigest' | 'phone'>;

const MOST_LISTED = 20;
/** Each is looked up among all: together well below what somebody notices, with 100,000 patients too. */
const RECORDS_A_PAGE = 200;

/** Records that may be one patient's. Whoever registers or merges decides; the hub only says why it asks. */
export class LookAlikes {
  readonly #db: Database;
  readonly #digest: DocumentDigest;
  readonly #now: () => number;

  constructor({ db, digest, now }: { db: Database; digest: DocumentDigest; now: () => number }) {
    this.#db = db;
    this.#digest = digest;
    this.#now = now;
  }

  /** Of somebody who is about to be registered with this input. @throws {HubError} forbidden, invalid_message */
  async ofNew(principal: Principal, input: unknown): Promise<LookAlike[]> {
    const { institutionId } = permit(principal, 'patient.read');
    const { document, ...said } = checkedPatient(input, this.#now());
    const traits: Traits = {
      ...said,
      pinyin: readingOf(said.name).pinyin,
      idDigest: document && this.#digest.of(said.idKind, document.number),
    };
    return this.#find(institutionId, traits);
  }

  /** Of a record. @throws {HubError} forbidden, not_found */
  async of(principal: Principal, patientId: string): Promise<LookAlike[]> {
    const { institutionId } = permit(principal, 'patient.read');
    const [row] = await this.#db
      .select()
      .from(patient)
      .where(and(eq(patient.id, patientId), eq(patient.institutionId, institutionId)));
    if (!row) throw new HubError('not_found', 'no such patient of this institution');
    return this.#find(institutionId, row, patientId);
  }

  async #find(institutionId: string, traits: Traits, except = ''): Promise<LookAlike[]> {
    const { name, pinyin, birthDate, sex, phone, idDigest } = traits;
    const like: (SQL | undefined)[] = [
      idDigest === null ? undefined : eq(patient.idDigest, idDigest),
      birthDate === null ? undefined : and(eq(patient.name, name), eq(patient.birthDate, birthDate)),
      phone === null ? undefined : and(eq(patient.name, name), eq(patient.phone, phone)),
      birthDate === null || pinyin === ''
        ? undefined
        : and(eq(patient.pinyin, pinyin), eq(patient.birthDate, birthDate), eq(patient.sex, sex)),
    ];
    if (like.every((each) => each === undefined)) return [];
    const rows = await this.#db
      .select()
      .from(patient)
      .where(
        and(
          eq(patient.institutionId, institutionId),
          isNull(patient.mergedInto),
          ne(patient.id, except),
          or(...like),
        ),
      )
      .limit(MOST_LISTED);
    return rows
      .map((row) => ({ patient: viewOfPatient(row), likenesses: likenessesOf(traits, row) }))
      .filter(({ likenesses }) => likenesses.length > 0)
      .sort((a, b) => strength(a) - strength(b));
  }

  /**
   * Pairs of the institution, each once: of the records that were registered or changed last, a few hundred at a time, with any that are
   * older. A page may be empty and still have a `next` one.
   * @throws {HubError} forbidden
   */
  async list(principal: Principal, { before }: { before?: PlaceInList } = {}): Promise<LikelyDuplicates> {
    const { institutionId } = permit(principal, 'patient.merge');
    const later = alias(patient, 'later');
    const standing = (table: typeof patient | typeof later) =>
      and(eq(table.institutionId, institutionId), isNull(table.mergedInto));
    const page = this.#db
      .select()
      .from(later)
      .where(
        and(
          standing(later),
          before &&
            sql`(${later.updatedAt}, ${later.id}) < (${new Date(before.updatedAtMs)}, ${before.patientId})`,
        ),
      )
      .orderBy(desc(later.updatedAt), desc(later.id))
      .limit(RECORDS_A_PAGE)
      .as('later');
    const olderOnes = this.#db
      .select()
      .from(patient)
      .where(
        and(
          standing(patient),
          sql`(${patient.updatedAt}, ${patient.id}) < (${page.updatedAt}, ${page.id})`,
          or(
            eq(patient.idDigest, page.idDigest),
            and(eq(patient.name, page.name), eq(patient.birthDate, page.birthDate)),
            and(eq(patient.name, page.name), eq(patient.phone, page.phone)),
            and(
              eq(patient.pinyin, page.pinyin),
              ne(patient.pinyin, ''),
              eq(patient.birthDate, page.birthDate),
              eq(patient.sex, page.sex),
            ),
          ),
        ),
      )
      .limit(MOST_LISTED)
      .as('older');
    const rows = await this.#db
      .select()
      .from(page)
      .leftJoinLateral(olderOnes, sql`true`)
      .orderBy(desc(page.updatedAt), desc(page.id));
    const pairs = rows.flatMap(({ later: one, older: other }) => {
      const likenesses = other ? likenessesOf(one, other) : [];
      if (!other || likenesses.length === 0) return [];
      const patients: LikelyDuplicate['patients'] = [viewOfPatient(one), viewOfPatient(other)];
      return [{ patients, likenesses }];
    });
    pairs.sort((a, b) => strength(a) - strength(b));
    const records = new Map(rows.map(({ later: row }) => [row.id, row]));
    const last = [...records.values()].at(-1);
    const next = last && records.size === RECORDS_A_PAGE ? placeOf(last) : null;
    return { pairs, next };
  }
}

const placeOf = ({ id, updatedAt }: PatientRow): PlaceInList => ({
  updatedAtMs: updatedAt.getTime(),
  patientId: id,
});

/** A resident id is one person's for life: two of them are two people, whatever else is the same. */
export function areTwoPeople(
  a: Pick<Traits, 'idKind' | 'idDigest'>,
  b: Pick<Traits, 'idKind' | 'idDigest'>,
): boolean {
  return a.idKind === 'resident_id' && b.idKind === 'resident_id' && a.idDigest !== b.idDigest;
}

function likenessesOf(a: Traits, b: Traits): Likeness[] {
  if (areTwoPeople(a, b)) return [];
  const sameName = a.name === b.name;
  const bornTogether = a.birthDate !== null && a.birthDate === b.birthDate;
  const holds: Record<Likeness, boolean> = {
    same_document: a.idDigest !== null && a.idDigest === b.idDigest,
    same_name_and_birth_date: sameName && bornTogether,
    same_name_and_phone: sameName && a.phone !== null && a.phone === b.phone,
    // Said by itself where the name does not say it already.
    same_sound_birth_date_and_sex:
      !sameName && bornTogether && a.pinyin !== '' && a.pinyin === b.pinyin && a.sex === b.sex,
  };
  return LIKENESSES.filter((likeness) => holds[likeness]);
}

const strength = ({ likenesses }: { likenesses: Likeness[] }): number => LIKENESSES.indexOf(likenesses[0]!);
