import { eq } from 'drizzle-orm';
import type { AccountPrincipal, CaseLinks, Principal } from '../../identity/index.ts';
import { HubError, type AccountRole } from '../../signaling/contract/index.ts';
import { account, patient, type Database } from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { OutpatientData } from '../model/outpatient/outpatient-data.ts';
import type { PatientFacts, Questionnaire } from '../model/questionnaire/index.ts';
import {
  answeredQuestionnaire,
  publishedQuestionnaire,
  type BuiltInKey,
} from '../questionnaires/published.ts';
import { ageMonths } from './age.ts';
import { PatientLinks } from './patient-links.ts';
import { payAtTheCounter, type PaymentPort, type PaymentWay } from './payment.ts';
import type { QueueBoard, QueuePlace } from './queue-board.ts';
import { visitOf, type VisitForPatient } from './visit-view.ts';
import { presentOf, waitingOf } from './queue.ts';

/** Who sees a doctor's whole queue. */
const SEES_QUEUE: readonly AccountRole[] = ['rural_doctor', 'specialist', 'surgeon', 'nurse', 'dispatcher'];

export interface OutpatientServiceParts {
  db: Database;
  cases: Cases;
  board: QueueBoard;
  links: CaseLinks;
  payments?: PaymentPort;
  now: () => number;
}

/** 远程门诊: what pages ask beside the steps of the case. */
export class Outpatient {
  readonly #db: Database;
  readonly #cases: Cases;
  readonly #board: QueueBoard;
  readonly #payments: PaymentPort;
  readonly #now: () => number;
  readonly links: PatientLinks;

  constructor({ db, cases, board, links, payments = payAtTheCounter, now }: OutpatientServiceParts) {
    this.#db = db;
    this.#cases = cases;
    this.#board = board;
    this.#payments = payments;
    this.#now = now;
    this.links = new PatientLinks(cases, links);
  }

  /** The visit as its patient may see it, for the phone. @throws {HubError} not_found */
  async visit(principal: Principal, caseId: string): Promise<VisitForPatient> {
    const look = await this.#look(principal, caseId);
    const place = this.#board.placeOf(caseId);
    return visitOf(this.#db, look.row, this.#cases.actionsIn(look), place, this.#now());
  }

  /**
   * What is asked in this case, or was when it has been answered, and what the hub knows of the patient already; for the page to ask it one
   * by one, and to show the answers.
   * @throws {HubError} not_found
   */
  async questions(
    principal: Principal,
    caseId: string,
    key: BuiltInKey,
  ): Promise<{ questionnaire: Questionnaire; facts: PatientFacts }> {
    const { row } = await this.#look(principal, caseId);
    const data = row.data as OutpatientData;
    const answered = key === 'triage' ? data.triage : data.preConsult;
    const questionnaire = answered
      ? await answeredQuestionnaire(this.#db, key, answered.outcome.questionnaireId)
      : (await publishedQuestionnaire(this.#db, row.institutionId, key)).questionnaire;
    const [of] = await this.#db.select().from(patient).where(eq(patient.id, row.patientId));
    if (!of) throw new HubError('not_found', 'no such patient');
    const months = of.birthDate === null ? null : ageMonths(of.birthDate, this.#now());
    return { questionnaire, facts: { ageMonths: months, sex: of.sex } };
  }

  /** Where the case's patient stands; null while they wait in no queue. @throws {HubError} not_found */
  async place(principal: Principal, caseId: string): Promise<QueuePlace | null> {
    await this.#look(principal, caseId);
    return this.#board.placeOf(caseId);
  }

  /** A doctor's queue, for people of the doctor's institution. @throws {HubError} not_found, forbidden */
  async queue(principal: Principal, doctorId: string) {
    if (principal.kind !== 'account' || !principal.roles.some((role) => SEES_QUEUE.includes(role)))
      throw new HubError('forbidden');
    const [doctor] = await this.#db.select().from(account).where(eq(account.id, doctorId));
    if (doctor?.institutionId !== principal.institutionId)
      throw new HubError('not_found', 'no such doctor in this institution');
    return this.#board.of(doctorId);
  }

  /**
   * The doctor's next patient is called; answers the case, null when nobody waits.
   * @throws {HubError} conflict: somebody is called or in the visit; conflict, out_of_order: another page was faster
   */
  async callNext(doctor: AccountPrincipal): Promise<string | null> {
    if (await presentOf(this.#db, doctor.accountId))
      throw new HubError('conflict', 'another patient is called or in the visit');
    const [next] = await waitingOf(this.#db, doctor.accountId);
    if (!next) return null;
    await this.#cases.take(doctor, next.caseId, 'call');
    return next.caseId;
  }

  /** How the case is paid. @throws {HubError} not_found, out_of_order (nothing is to be paid now) */
  async payment(principal: Principal, caseId: string): Promise<PaymentWay & { amountFen: number }> {
    const { row } = await this.#look(principal, caseId);
    if (row.state !== 'payment') throw new HubError('out_of_order', 'nothing is to be paid now');
    const { visit, medicines } = (row.data as OutpatientData).feeFen;
    const amountFen = visit + medicines;
    const { institutionId } = row;
    const way = await this.#payments.request({ reference: caseId, amountFen, institutionId });
    return { ...way, amountFen };
  }

  /**
   * For the payment system, once it has the money. Once for each case, however often it says so.
   * @throws {HubError} not_found, out_of_order (paid already)
   */
  async settled(caseId: string, receipt: string): Promise<void> {
    await this.#cases.takeByClock(caseId, 'settle', { how: 'online', receipt });
  }

  async #look(principal: Principal, caseId: string) {
    const look = await this.#cases.look(principal, caseId);
    if (look.row.kind !== 'outpatient') throw new HubError('not_found', 'no such visit');
    return look;
  }
}
