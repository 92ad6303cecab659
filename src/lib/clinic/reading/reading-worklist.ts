import { eq, inArray, sql } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { account, clinicalCase, practitioner, type Database } from '../../storage/index.ts';
import { byPriority, worklist, type WorklistRow } from '../cases/worklist.ts';
import type { ExamModality } from '../model/exam/body-parts.ts';
import { turnaroundDueAtMs, type ReadingData } from '../model/reading/reading-data.ts';
import { READER_SPECIALTIES } from '../model/reading/readers.ts';
import type { ReadingState } from '../model/workflows/reading.ts';

export interface ReadingWorklistRow extends Omit<WorklistRow, 'data'> {
  data: ReadingData;
  /** Who has it in hand. */
  holderName: string | null;
  /** When the result is owed, in ms since 1970. */
  owedAtMs: number | null;
}

const STATES: readonly ReadingState[] = [
  'waiting',
  'reading',
  'awaiting_second',
  'second_reading',
  'discrepant',
  'adjudicating',
];

/** One list over every institution's pictures, for those whose subject they are. */
export class ReadingWorklist {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** Up to 200, with what others have in hand. @throws {HubError} forbidden: no specialist, or one of no such subject */
  async list(person: AccountPrincipal): Promise<ReadingWorklistRow[]> {
    if (!person.roles.includes('specialist')) throw new HubError('forbidden');
    const modalities = await this.#modalitiesOf(person);
    if (modalities.length === 0) throw new HubError('forbidden', 'no subject of which pictures are read');
    const rows = (await worklist(this.query(modalities), this.#now())) as (WorklistRow & {
      data: ReadingData;
    })[];
    const names = await this.#namesOf(rows.flatMap(({ data }) => data.holderId ?? []));
    return rows.map((row) => ({
      ...row,
      holderName: row.data.holderId === null ? null : (names.get(row.data.holderId) ?? null),
      owedAtMs: turnaroundDueAtMs(row.data, row.urgency),
    }));
  }

  query(modalities: readonly ExamModality[]): ReturnType<typeof byPriority> {
    const where = sql`${clinicalCase.data} -> 'study' ->> 'modality' = ANY(${sql.param([...modalities])}::text[])`;
    return byPriority(this.#db, { kind: 'reading', states: STATES, where });
  }

  async #modalitiesOf({ accountId }: AccountPrincipal): Promise<ExamModality[]> {
    const [reader] = await this.#db
      .select({ specialties: practitioner.specialties })
      .from(practitioner)
      .where(eq(practitioner.accountId, accountId));
    const own = reader?.specialties ?? [];
    return (Object.keys(READER_SPECIALTIES) as ExamModality[]).filter((modality) =>
      READER_SPECIALTIES[modality].some((specialty) => own.includes(specialty)),
    );
  }

  async #namesOf(accountIds: string[]): Promise<Map<string, string>> {
    if (accountIds.length === 0) return new Map();
    const rows = await this.#db
      .select({ id: account.id, name: account.displayName })
      .from(account)
      .where(inArray(account.id, accountIds));
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
