import { setTimeout as delay } from 'node:timers/promises';
import type { VisitForPatient } from '../../src/lib/clinic/outpatient/index.ts';
import { MISSED_BEHIND } from '../../src/lib/clinic/model/outpatient/outpatient-data.ts';
import { actionData } from './flat-data.ts';
import type { BusyMorning, Visit } from './busy-morning.ts';
import type { Follower, TakenStep } from './follower.ts';
import type { Visitor } from './visitor.ts';

/** What is looked at of the pages' data. */
export interface BoardPage {
  cards: { caseId: string; version: number }[];
}
export interface QueuePage {
  waiting: { caseId: string; version: number }[];
}
export interface VisitPage {
  open: { visit: Pick<VisitForPatient, 'caseId' | 'state' | 'version' | 'place'> } | null;
}

const HOUR_MS = 3_600_000;

async function press(act: () => Promise<string>): Promise<{ step: TakenStep; answer: unknown }> {
  const pressedMs = performance.now();
  const answer = actionData(await act());
  return { step: { pressedMs, acknowledgedMs: performance.now() }, answer };
}

const stepOf = (step: string, version: number, input: object = {}) => ({
  step,
  version: String(version),
  input: JSON.stringify(input),
});

/** Something of which each call is one step of somebody. */
interface Steps {
  next(): Promise<void>;
}

/** Takes steps, about so many ms apart, until told to stop. Answers how many there were. */
export async function keepTaking(steps: Steps, everyMs: number, signal: AbortSignal): Promise<number> {
  for (let count = 0; ; count++) {
    await delay(everyMs * (0.5 + Math.random()));
    if (signal.aborted) return count;
    await steps.next();
  }
}

/** What happens around one doctor: patients are called in, seen, skipped, do not come, and others check in. */
export class QueueSteps implements Steps {
  readonly #waiting: Visit[];
  readonly #later: Visit[];
  readonly #doctor: Visitor;
  readonly #nurse: Visitor;
  readonly #page: Follower<QueuePage>;
  readonly #phones: ReadonlyMap<string, { visitor: Visitor; page: Follower<VisitPage> }>;
  readonly #versions = new Map<string, number>();
  #present: Visit | null = null;
  #turn = 0;
  readonly #cycle: (() => Promise<void>)[] = [
    () => this.#call(),
    () => this.#withPresent('begin', '/clinic?/step'),
    () => this.#withPresent('checkIdentity', null, { how: 'document', guardian: null }),
    () => this.#end(),
    () => this.#checkIn(),
    () => this.#call(),
    () => this.#missed(),
    () => this.#skip(),
  ];

  constructor(parts: {
    doctor: BusyMorning['doctors'][number];
    visitor: Visitor;
    nurse: Visitor;
    page: Follower<QueuePage>;
    phones: ReadonlyMap<string, { visitor: Visitor; page: Follower<VisitPage> }>;
  }) {
    this.#waiting = [...parts.doctor.waiting];
    this.#later = [...parts.doctor.later];
    this.#doctor = parts.visitor;
    this.#nurse = parts.nurse;
    this.#page = parts.page;
    this.#phones = parts.phones;
  }

  async next(): Promise<void> {
    await this.#cycle[this.#turn++ % this.#cycle.length]?.();
  }

  async #call(): Promise<void> {
    const before = this.#places();
    const { step } = await press(() => this.#doctor.act('/clinic?/callNext', {}));
    this.#present = this.#waiting.shift() ?? null;
    if (this.#present) this.#showsVersion(step, this.#present);
    this.#showPlaces(step, before);
  }

  /** On the queue's page, or on that of the case. */
  async #withPresent(name: string, page: string | null, input: object = {}): Promise<void> {
    const visit = this.#present;
    if (!visit) return;
    const fields = { caseId: visit.caseId, ...stepOf(name, this.#versionOf(visit), input) };
    const { step } = await press(() => this.#doctor.act(page ?? `/cases/${visit.caseId}?/step`, fields));
    this.#showsVersion(step, visit);
  }

  async #end(): Promise<void> {
    await this.#withPresent('endVisit', null);
    this.#present = null;
  }

  async #checkIn(): Promise<void> {
    const visit = this.#later.shift();
    const phone = visit && this.#phones.get(visit.caseId);
    if (!visit || !phone) return;
    const before = this.#places();
    const { step } = await press(() =>
      phone.visitor.act('/visit?/step', stepOf('checkIn', this.#versionOf(visit))),
    );
    this.#versions.set(visit.caseId, this.#versionOf(visit) + 1);
    this.#waiting.push(visit);
    this.#showPlaces(step, before);
    this.#queueShows(step, visit);
  }

  async #missed(): Promise<void> {
    const visit = this.#present;
    if (!visit) return;
    const before = this.#places();
    const fields = { caseId: visit.caseId, ...stepOf('missed', this.#versionOf(visit)) };
    const { step } = await press(() => this.#doctor.act('/clinic?/step', fields));
    this.#versions.set(visit.caseId, this.#versionOf(visit) + 1);
    this.#waiting.splice(MISSED_BEHIND, 0, visit);
    this.#present = null;
    this.#showPlaces(step, before);
  }

  async #skip(): Promise<void> {
    const [first, second, ...rest] = this.#waiting;
    if (!first || !second) return;
    const before = this.#places();
    const fields = stepOf('skip', this.#versionOf(first), { behind: 1 });
    const { step } = await press(() => this.#nurse.act(`/cases/${first.caseId}?/step`, fields));
    this.#versions.set(first.caseId, this.#versionOf(first) + 1);
    this.#waiting.splice(0, this.#waiting.length, second, first, ...rest);
    this.#showPlaces(step, before);
    this.#queueShows(step, first);
  }

  #versionOf({ caseId }: Visit): number {
    return this.#versions.get(caseId) ?? 1;
  }

  #places(): Map<string, number> {
    return new Map(this.#waiting.map(({ caseId }, ahead) => [caseId, ahead]));
  }

  /** Everybody whose place is another than before. */
  #showPlaces(step: TakenStep, before: ReadonlyMap<string, number>): void {
    for (const [caseId, ahead] of this.#places())
      if (before.get(caseId) !== ahead)
        this.#phones.get(caseId)?.page.expect(step, ({ open }) => open?.visit.place?.ahead === ahead);
  }

  /** On the phone of whom it concerns. */
  #showsVersion(step: TakenStep, visit: Visit): void {
    const version = this.#versionOf(visit) + 1;
    this.#versions.set(visit.caseId, version);
    this.#phones.get(visit.caseId)?.page.expect(step, ({ open }) => (open?.visit.version ?? 0) >= version);
  }

  #queueShows(step: TakenStep, visit: Visit): void {
    const version = this.#versionOf(visit);
    this.#page.expect(step, ({ waiting }) =>
      waiting.some((row) => row.caseId === visit.caseId && row.version >= version),
    );
  }
}

/** Requests that come in, are taken on, matched or declined, accepted and prepared, one after the other. */
export class ConsultSteps implements Steps {
  readonly #morning: BusyMorning;
  readonly #boards: readonly Follower<BoardPage>[];
  readonly #asking: Visitor;
  readonly #deciding: Visitor;
  readonly #asked: Visitor;
  #caseId = '';
  #version = 0;
  #count = 0;
  #turn = 0;
  readonly #cycle: (() => Promise<void>)[] = [
    () => this.#submit(),
    () => this.#take(this.#deciding, 'claim'),
    () => this.#take(this.#deciding, 'match', this.#meeting()),
    () => this.#take(this.#asked, 'accept'),
    () =>
      this.#take(this.#asking, 'recordConsent', {
        ...{ givenBy: 'patient', signedName: '张桂华', feeFen: 20_000, textVersion: 'consult-1' },
      }),
    () => this.#take(this.#asking, 'invite'),
    () => this.#submit(),
    () => this.#take(this.#deciding, 'claim'),
    () => this.#take(this.#deciding, 'decline', { reason: '请先做腹部超声' }, true),
  ];

  constructor(parts: {
    morning: BusyMorning;
    boards: readonly Follower<BoardPage>[];
    asking: Visitor;
    deciding: Visitor;
    asked: Visitor;
  }) {
    this.#morning = parts.morning;
    this.#boards = parts.boards;
    this.#asking = parts.asking;
    this.#deciding = parts.deciding;
    this.#asked = parts.asked;
  }

  async next(): Promise<void> {
    await this.#cycle[this.#turn++ % this.#cycle.length]?.();
  }

  async #submit(): Promise<void> {
    const { request, asking } = this.#morning;
    const patientId = asking.patientIds[this.#count++ % asking.patientIds.length] ?? '';
    const fields = { patientId, urgency: 'urgent', intent: 'submit', request: JSON.stringify(request) };
    const { step, answer } = await press(() => this.#asking.act('/consults/new', fields));
    this.#caseId = String((answer as { location: string }).location.split('/').at(-1));
    // Opened, and submitted.
    this.#version = 2;
    this.#show(step, false);
  }

  async #take(who: Visitor, name: string, input: object = {}, leavesBoard = false): Promise<void> {
    const fields = stepOf(name, this.#version, input);
    const { step } = await press(() => who.act(`/cases/${this.#caseId}?/step`, fields));
    this.#version++;
    this.#show(step, leavesBoard);
  }

  /** Each in an hour of its own: nobody is in two consults at once. */
  #meeting(): object {
    return { accountId: this.#morning.asked.accountId, startsAtMs: Date.now() + this.#count * HOUR_MS };
  }

  #show(step: TakenStep, leavesBoard: boolean): void {
    const [caseId, version] = [this.#caseId, this.#version];
    for (const board of this.#boards)
      board.expect(step, ({ cards }) => {
        const card = cards.find((each) => each.caseId === caseId);
        return leavesBoard ? !card : (card?.version ?? 0) >= version;
      });
  }
}
