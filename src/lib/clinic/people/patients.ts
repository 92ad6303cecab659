import { and, desc, eq, isNull, lt, or } from 'drizzle-orm';
import { newId, type Principal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { patient, type Database, type Transaction } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';
import {
  checkPatient,
  lifeProblems,
  maskDocumentNumber,
  newPatientSchema,
  patientChangeSchema,
  type CheckedPatient,
} from '../model/people/index.ts';
import { permit } from './access.ts';
import type { DocumentDigest } from './document-digest.ts';
import { viewOfPatient, type PatientRow, type PatientView } from './patient-view.ts';
import { readingOf } from './readings.ts';

const MOST_LISTED = 100;

type KeptDocument = Pick<PatientRow, 'idKind' | 'idMasked' | 'idDigest'>;

/** The patients that an institution has on record. */
export class Patients {
  readonly #db: Database;
  readonly #digest: DocumentDigest;
  readonly #now: () => number;

  constructor({ db, digest, now }: { db: Database; digest: DocumentDigest; now: () => number }) {
    this.#db = db;
    this.#digest = digest;
    this.#now = now;
  }

  /**
   * A new record; `LookAlikes.of` is to be asked before, and its answer shown.
   * @throws {HubError} forbidden, invalid_message (with the names of `PatientProblem`)
   */
  async register(principal: Principal, input: unknown): Promise<PatientView> {
    const { accountId, institutionId } = permit(principal, 'patient.register');
    const { document, idKind, ...said } = checkedPatient(input, this.#now());
    const at = new Date(this.#now());
    const reading = readingOf(said.name);
    const [row] = await this.#db
      .insert(patient)
      .values({
        ...said,
        ...this.#kept(idKind, document),
        id: newId(),
        institutionId,
        pinyin: reading.pinyin,
        pinyinInitials: reading.initials,
        createdBy: accountId,
        createdAt: at,
        updatedAt: at,
      })
      .returning();
    return viewOfPatient(row!);
  }

  #kept(idKind: PatientRow['idKind'], document: CheckedPatient['document']): KeptDocument {
    if (!document) return { idKind, idMasked: null, idDigest: null };
    const { number } = document;
    return {
      idKind,
      idMasked: maskDocumentNumber(idKind, number),
      idDigest: this.#digest.of(idKind, number),
    };
  }

  /**
   * What is not named stays. Birth date and sex of somebody with a resident id are those of the id: to correct them, the id is given again.
   * @throws {HubError} forbidden, not_found, invalid_message, conflict (the record is part of another by now)
   */
  async update(principal: Principal, patientId: string, change: unknown): Promise<PatientView> {
    const { institutionId } = permit(principal, 'patient.change');
    const { document: given, ...said } = parseInput(patientChangeSchema, change);
    const atMs = this.#now();
    return this.#db.transaction(async (tx) => {
      const row = await ownPatient(tx, patientId, institutionId);
      if (row.mergedInto !== null) throw new HubError('conflict', 'this record is part of another by now');
      let next: PatientRow = { ...row, ...said };
      if (given) {
        // Said in the same breath they have to agree with the document; what was on record before gives way to it.
        const { name, guardian } = next;
        const { birthDate = null, sex = 'unknown' } = said;
        const claim = { name, guardian, birthDate, sex, idKind: given.kind, idNumber: given.number };
        const { document } = checked({ ...claim, phone: null }, atMs);
        next = {
          ...next,
          ...this.#kept(given.kind, document),
          birthDate: document?.birthDate ?? next.birthDate,
          sex: document?.sex ?? next.sex,
        };
      } else if (row.idKind === 'resident_id') {
        if (next.birthDate !== row.birthDate || next.sex !== row.sex)
          throw new HubError(
            'invalid_message',
            'birth date and sex are those of the resident id; give it again',
          );
      }
      refuse(lifeProblems(next, atMs));
      const reading = readingOf(next.name);
      const [written] = await tx
        .update(patient)
        .set({
          ...next,
          pinyin: reading.pinyin,
          pinyinInitials: reading.initials,
          updatedAt: new Date(atMs),
        })
        .where(eq(patient.id, patientId))
        .returning();
      return viewOfPatient(written!);
    });
  }

  /** @throws {HubError} forbidden, not_found */
  async get(principal: Principal, patientId: string): Promise<PatientView> {
    const { institutionId } = permit(principal, 'patient.read');
    const [row] = await this.#db
      .select()
      .from(patient)
      .where(and(eq(patient.id, patientId), eq(patient.institutionId, institutionId)));
    if (!row) throw new HubError('not_found', 'no such patient of this institution');
    return viewOfPatient(row);
  }

  /** Those that were registered or changed last; `before` is the last one of the page before. @throws {HubError} forbidden */
  async recent(
    principal: Principal,
    { before, limit = 20 }: { before?: { updatedAtMs: number; patientId: string }; limit?: number } = {},
  ): Promise<PatientView[]> {
    const { institutionId } = permit(principal, 'patient.read');
    const at = before && new Date(before.updatedAtMs);
    const rows = await this.#db
      .select()
      .from(patient)
      .where(
        and(
          eq(patient.institutionId, institutionId),
          isNull(patient.mergedInto),
          at &&
            or(lt(patient.updatedAt, at), and(eq(patient.updatedAt, at), lt(patient.id, before.patientId))),
        ),
      )
      .orderBy(desc(patient.updatedAt), desc(patient.id))
      .limit(Math.min(limit, MOST_LISTED));
    return rows.map(viewOfPatient);
  }
}

/** Locked against whoever would merge or change it meanwhile, but not against new cases. @throws {HubError} not_found */
async function ownPatient(tx: Transaction, patientId: string, institutionId: string): Promise<PatientRow> {
  const [row] = await tx
    .select()
    .from(patient)
    .where(and(eq(patient.id, patientId), eq(patient.institutionId, institutionId)))
    .for('no key update');
  if (!row) throw new HubError('not_found', 'no such patient of this institution');
  return row;
}

/** @throws {HubError} invalid_message, with the names of what is wrong */
export function checkedPatient(input: unknown, atMs: number): CheckedPatient {
  return checked(parseInput(newPatientSchema, input), atMs);
}

function checked(said: Parameters<typeof checkPatient>[0], atMs: number): CheckedPatient {
  const result = checkPatient(said, atMs);
  if ('problems' in result) throw new HubError('invalid_message', result.problems.join('; '));
  return result;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new HubError('invalid_message', problems.join('; '));
}
