import { and, desc, eq } from 'drizzle-orm';
import { accountPrincipalId, type BoxPrincipal } from '../../identity/index.ts';
import { isHubError, type PatientConfirmation, type PatientStrip } from '../../signaling/contract/index.ts';
import { caseEvent, type Database } from '../../storage/index.ts';
import { caseOfRoom } from '../cases/case-room.ts';
import type { Cases } from '../cases/cases.ts';
import type { CaseRow } from '../cases/effects.ts';
import { WORKFLOWS } from '../model/index.ts';
import type { SurgeryData } from '../model/surgery/surgery-data.ts';
import { isSurgeon } from '../model/surgery/team.ts';

/** What rooms ask of the cases behind them, and tell them. Rooms know it as a port of their own. */
export class CasesBehindRooms {
  readonly #db: Database;
  readonly #cases: Pick<Cases, 'take' | 'takeByClock'>;

  constructor(db: Database, cases: Pick<Cases, 'take' | 'takeByClock'>) {
    this.#db = db;
    this.#cases = cases;
  }

  async standing(roomId: string): Promise<{ frozen: boolean } | null> {
    const row = await caseOfRoom(this.#db, roomId);
    return row && { frozen: isFrozen(row) };
  }

  /** The box's word is the bedside's confirmation of an exam; what the case makes of it, its workflow says. */
  async confirmedAtBedside(
    roomId: string,
    box: BoxPrincipal,
    {
      shown,
      laterality,
    }: {
      shown: Pick<PatientStrip, 'maskedName' | 'maskedId'>;
      laterality: PatientConfirmation['laterality'];
    },
  ): Promise<'taken' | 'refused' | 'unasked'> {
    const row = await caseOfRoom(this.#db, roomId);
    if (!row) return 'unasked';
    if (isFrozen(row)) return 'refused';
    const asked = row.kind === 'exam' && row.boxId === box.boxId && waitsForBedside(row);
    if (!asked) return row.laterality !== null && row.laterality !== laterality ? 'refused' : 'unasked';
    const { state } = await this.#cases.take(box, row.id, 'confirmAtBedside', { shown, laterality });
    return state === 'frozen' ? 'refused' : 'taken';
  }

  async operatingOver(roomId: string): Promise<{ remoteMemberIds: readonly string[] } | null> {
    const row = await caseOfRoom(this.#db, roomId);
    if (!row || !isOperating(row)) return null;
    const { team } = row.data as SurgeryData;
    const led = team.filter(({ accountId, remote }) => remote && isSurgeon(team, accountId));
    return led.length > 0
      ? { remoteMemberIds: led.map(({ accountId }) => accountPrincipalId(accountId)) }
      : null;
  }

  /** By the hub's clock. What a person called red, a person calls good again. */
  async linkIs(roomId: string, link: 'good' | 'red'): Promise<void> {
    const row = await caseOfRoom(this.#db, roomId);
    if (!row || !isOperating(row) || (row.data as SurgeryData).link === link) return;
    if (link === 'good' && !(await this.#calledRedByHub(row.id))) return;
    await this.#cases.takeByClock(row.id, link === 'red' ? 'linkRed' : 'linkGood').catch((error: unknown) => {
      // Somebody was faster, or the operation is over by now.
      if (!isHubError(error) || (error.code !== 'conflict' && error.code !== 'out_of_order')) throw error;
    });
  }

  async #calledRedByHub(caseId: string): Promise<boolean> {
    const [last] = await this.#db
      .select({ actorId: caseEvent.actorId })
      .from(caseEvent)
      .where(and(eq(caseEvent.caseId, caseId), eq(caseEvent.type, 'linkRed')))
      .orderBy(desc(caseEvent.seq))
      .limit(1);
    return last?.actorId === null;
  }
}

const isFrozen = ({ kind, state }: CaseRow): boolean => WORKFLOWS[kind].states[state]?.frozen ?? false;
const isOperating = ({ kind, state }: CaseRow): boolean => kind === 'surgery' && state === 'operating';
const waitsForBedside = ({ state }: CaseRow): boolean =>
  WORKFLOWS.exam.actions['confirmAtBedside']?.from.includes(state) ?? false;
