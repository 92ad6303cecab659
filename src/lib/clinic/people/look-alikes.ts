import { and, eq, inArray, isNull, ne, or, sql, type SQL } from 'drizzle-orm';
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

type Traits = Pick<PatientRow, 'name' | 'pinyin' | 'sex' | 'birthDate' | 'idKind' | 'idDigest' | 'phone'>;

const MOST_LISTED = 20;
/** Of the whole institution: work for an afternoon. */
const MOST_GROUPS = 100;
/** So many records under one key are a mistake in the key, such as everybody with the clinic's own telephone. */
const MOST_IN_GROUP = 8;

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

  /** Pairs of the whole institution, the most likely first. @throws {HubError} forbidden */
  async list(principal: Principal): Promise<LikelyDuplicate[]> {
    const { institutionId } = permit(principal, 'patient.merge');
    // One walk over the institution's records for all four keys.
    const { rows: groups } = await this.#db.execute<{ ids: string[] }>(sql`
      SELECT array_agg(id ORDER BY id) AS ids
      FROM patient
      WHERE institution_id = ${institutionId} AND merged_into IS NULL
      GROUP BY GROUPING SETS ((id_digest), (name, birth_date), (name, phone), (pinyin, birth_date, sex))
      HAVING count(*) BETWEEN 2 AND ${MOST_IN_GROUP}
        AND CASE GROUPING(id_digest, birth_date, phone, pinyin)
          WHEN 7 THEN id_digest IS NOT NULL
          WHEN 11 THEN birth_date IS NOT NULL
          WHEN 13 THEN phone IS NOT NULL
          ELSE birth_date IS NOT NULL AND pinyin <> ''
        END
      ORDER BY GROUPING(phone, pinyin) = 2, GROUPING(id_digest, birth_date, phone)
      LIMIT ${MOST_GROUPS}`);
    const ids = [...new Set(groups.flatMap((group) => group.ids))];
    const rows = await this.#db.select().from(patient).where(inArray(patient.id, ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    const pairs = new Map<string, LikelyDuplicate>();
    for (const group of groups)
      for (const [one, other] of pairsOf(group.ids)) {
        const [a, b] = [byId.get(one), byId.get(other)];
        if (!a || !b) continue;
        const likenesses = likenessesOf(a, b);
        if (likenesses.length > 0)
          pairs.set(`${one} ${other}`, { patients: [viewOfPatient(a), viewOfPatient(b)], likenesses });
      }
    return [...pairs.values()].sort((a, b) => strength(a) - strength(b));
  }
}

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

function pairsOf(ids: readonly string[]): [string, string][] {
  return ids.flatMap((one, index) => ids.slice(index + 1).map((other): [string, string] => [one, other]));
}
