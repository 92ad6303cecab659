import { and, arrayOverlaps, asc, eq, gt, gte, isNull, lt, ne, notInArray, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { AccountPrincipal } from '../../identity/index.ts';
import { accountIdSchema, HubError, type CaseKind } from '../../signaling/contract/index.ts';
import {
  account,
  appointment,
  caseParticipant,
  clinicalCase,
  patient,
  slot,
  type Database,
} from '../../storage/index.ts';
import { maskName } from '../model/mask.ts';
import { parseInput } from '../model/parse.ts';
import { byDay, dayRange, daySchema, weekRange, zoneSchema, type Range } from '../model/time/index.ts';
import { isKeeperOf, OFFERING } from './keepers.ts';

export const calendarSchema = z.strictObject({
  /** Whose; the person's own unless said. */
  accountId: accountIdSchema.optional(),
  view: z.enum(['day', 'week']),
  day: daySchema,
  /** In which the days are. */
  zone: zoneSchema,
});

export interface CalendarEntry {
  /** Of the slot, or of the case. */
  id: string;
  /** A slot nobody has booked, somebody's appointment in a slot, or a case that is scheduled without one. */
  kind: 'free' | 'appointment' | 'case';
  service: CaseKind;
  startsAtMs: number;
  endsAtMs: number;
  /** Of the appointment. */
  state: 'booked' | 'kept' | 'missed' | null;
  caseId: string | null;
  /** Masked, and for the calendar's owner only. */
  patientName: string | null;
  /** What else is at that time. */
  conflictsWith: string[];
}

export interface CalendarView extends Range {
  days: { day: string; items: CalendarEntry[] }[];
}

/** How long a case without a slot is taken to last. Ours, for drawing and for conflicts; nothing ends by it. */
export const ASSUMED_MINUTES: Readonly<Record<CaseKind, number>> = {
  consult: 30,
  outpatient: 15,
  exam: 30,
  surgery: 120,
  reading: 15,
};

/** People's weeks and days. */
export class Calendar {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * One's own, or that of somebody of the institution whose calendars one keeps.
   * @throws {HubError} invalid_message, forbidden, not_found
   */
  async view(principal: AccountPrincipal, rawInput: unknown): Promise<CalendarView> {
    const { accountId = principal.accountId, view, day, zone } = parseInput(calendarSchema, rawInput);
    const isOwn = accountId === principal.accountId;
    if (!isOwn) await this.#mayKeep(principal, accountId);
    const range = view === 'day' ? dayRange(day, zone) : weekRange(day, zone);
    const found = await entriesOf(this.#db, accountId, range);
    const entries = found.map((each) => ({
      ...each,
      patientName: isOwn && each.patientName !== null ? maskName(each.patientName) : null,
    }));
    return { ...range, days: byDay(entries, zone) };
  }

  /** Whose calendars this person keeps, by name: who has time to offer at the institution. Nobody's unless it is the person's task. */
  async colleagues(principal: AccountPrincipal): Promise<{ accountId: string; name: string }[]> {
    const { institutionId } = principal;
    if (!isKeeperOf(principal, institutionId)) return [];
    return this.#db
      .select({ accountId: account.id, name: account.displayName })
      .from(account)
      .where(
        and(
          eq(account.institutionId, institutionId),
          isNull(account.disabledAt),
          ne(account.id, principal.accountId),
          arrayOverlaps(account.roles, [...OFFERING]),
        ),
      )
      .orderBy(asc(account.displayName));
  }

  async #mayKeep(principal: AccountPrincipal, accountId: string): Promise<void> {
    const [found] = await this.#db
      .select({ institutionId: account.institutionId })
      .from(account)
      .where(eq(account.id, accountId));
    if (!isKeeperOf(principal, principal.institutionId)) throw new HubError('forbidden');
    if (found?.institutionId !== principal.institutionId)
      throw new HubError('not_found', 'nobody of this institution');
  }
}

async function entriesOf(db: Database, accountId: string, range: Range): Promise<CalendarEntry[]> {
  const inSlots = await slotEntries(db, accountId, range);
  const booked = inSlots.flatMap(({ caseId }) => caseId ?? []);
  const entries = [...inSlots, ...(await caseEntries(db, accountId, range, booked))];
  return entries.map((each) => ({
    ...each,
    conflictsWith: entries
      .filter(
        (other) => other !== each && other.startsAtMs < each.endsAtMs && each.startsAtMs < other.endsAtMs,
      )
      .map(({ id }) => id),
  }));
}

async function slotEntries(
  db: Database,
  accountId: string,
  { fromMs, toMs }: Range,
): Promise<CalendarEntry[]> {
  const taking = db
    .select({ state: appointment.state, caseId: appointment.caseId, patientId: appointment.patientId })
    .from(appointment)
    .where(and(eq(appointment.slotId, slot.id), ne(appointment.state, 'cancelled')));
  const rows = await db
    .select({
      slot,
      state: sql<(typeof appointment.$inferSelect)['state'] | null>`taking.state`,
      caseId: sql<string | null>`taking.case_id`,
      patientName: patient.name,
    })
    .from(slot)
    // "Offset 0": looked up for each slot; PostgreSQL takes a week for more than it is, and would read all appointments that there are.
    .leftJoinLateral(sql`(${taking} OFFSET 0) taking`, sql`true`)
    .leftJoin(patient, eq(patient.id, sql`taking.patient_id`))
    .where(
      and(
        eq(slot.accountId, accountId),
        eq(slot.state, 'open'),
        gte(slot.startsAt, new Date(fromMs)),
        lt(slot.startsAt, new Date(toMs)),
      ),
    )
    .orderBy(asc(slot.startsAt));
  return rows.map(({ slot: { id, service, startsAt, endsAt }, state, caseId, patientName }) => ({
    id,
    kind: state === null ? 'free' : 'appointment',
    service,
    startsAtMs: startsAt.getTime(),
    endsAtMs: endsAt.getTime(),
    state: state === 'cancelled' ? null : state,
    caseId,
    patientName,
    conflictsWith: [],
  }));
}

/** Cases that the person takes part in or asked for, at their time; without those that stand in the person's own slots. */
async function caseEntries(
  db: Database,
  accountId: string,
  { fromMs, toMs }: Range,
  except: readonly string[],
): Promise<CalendarEntry[]> {
  const takesPart = sql`EXISTS (${db
    .select({ one: sql`1` })
    .from(caseParticipant)
    .where(and(eq(caseParticipant.caseId, clinicalCase.id), eq(caseParticipant.accountId, accountId)))})`;
  const rows = await db
    .select({
      id: clinicalCase.id,
      kind: clinicalCase.kind,
      scheduledAt: clinicalCase.scheduledAt,
      endsAt: slot.endsAt,
      patientName: patient.name,
    })
    .from(clinicalCase)
    .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
    .leftJoin(appointment, and(eq(appointment.caseId, clinicalCase.id), ne(appointment.state, 'cancelled')))
    .leftJoin(slot, and(eq(slot.id, appointment.slotId), eq(slot.startsAt, clinicalCase.scheduledAt)))
    .where(
      and(
        gte(clinicalCase.scheduledAt, new Date(fromMs)),
        lt(clinicalCase.scheduledAt, new Date(toMs)),
        // Closed before its time: called off.
        or(isNull(clinicalCase.closedAt), gt(clinicalCase.closedAt, clinicalCase.scheduledAt)),
        or(eq(clinicalCase.requestedBy, accountId), takesPart),
        except.length > 0 ? notInArray(clinicalCase.id, [...except]) : undefined,
      ),
    )
    .orderBy(asc(clinicalCase.scheduledAt));
  const entries = new Map<string, CalendarEntry>();
  for (const { id, kind, scheduledAt, endsAt, patientName } of rows) {
    const startsAtMs = scheduledAt?.getTime() ?? 0;
    // A case that was missed and booked again has two appointments; the one at its time says how long it is.
    if (entries.has(id) && endsAt === null) continue;
    entries.set(id, {
      id,
      kind: 'case',
      service: kind,
      startsAtMs,
      endsAtMs: endsAt?.getTime() ?? startsAtMs + ASSUMED_MINUTES[kind] * 60_000,
      state: null,
      caseId: id,
      patientName,
      conflictsWith: [],
    });
  }
  return [...entries.values()];
}
