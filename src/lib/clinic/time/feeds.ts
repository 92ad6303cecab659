import { and, asc, desc, eq, gte, isNull, lt, or, sql } from 'drizzle-orm';
import type { AccountPrincipal, Principal } from '../../identity/index.ts';
import { hashOf, newToken } from '../../identity/ids.ts';
import { HubError } from '../../signaling/contract/index.ts';
import {
  account,
  appointment,
  calendarFeed,
  caseParticipant,
  clinicalCase,
  practitioner,
  slot,
  type Database,
} from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import { surnameOf, type Locale, type Range } from '../model/time/index.ts';
import { ASSUMED_MINUTES } from './calendar.ts';
import { icalendarOf, type CalendarEvent } from './icalendar.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Ours: back far enough that programs learn of what was cancelled, ahead as far as anybody books. */
const BACK_MS = 30 * DAY_MS;
const AHEAD_MS = 365 * DAY_MS;
const MOST_EVENTS = 2000;

/** Calendars for the programs of people's phones and desks. */
export class Feeds {
  readonly #db: Database;
  readonly #cases: Cases;
  readonly #now: () => number;

  constructor({ db, cases, now }: { db: Database; cases: Cases; now: () => number }) {
    this.#db = db;
    this.#cases = cases;
    this.#now = now;
  }

  /** A new secret for the address of this person's calendar, `/calendar/<token>`; shown once, and the one before no longer works. */
  async renew({ accountId }: AccountPrincipal): Promise<string> {
    const token = newToken();
    const values = { tokenHash: hashOf(token), createdAt: new Date(this.#now()) };
    await this.#db
      .insert(calendarFeed)
      .values({ accountId, ...values })
      .onConflictDoUpdate({ target: calendarFeed.accountId, set: values });
    return token;
  }

  /** Since when the person has an address; null: none. */
  async sinceMs({ accountId }: AccountPrincipal): Promise<number | null> {
    const [found] = await this.#db
      .select({ createdAt: calendarFeed.createdAt })
      .from(calendarFeed)
      .where(eq(calendarFeed.accountId, accountId));
    return found?.createdAt.getTime() ?? null;
  }

  async revoke({ accountId }: AccountPrincipal): Promise<void> {
    await this.#db.delete(calendarFeed).where(eq(calendarFeed.accountId, accountId));
  }

  /** The calendar behind a secret. @throws {HubError} not_found */
  async read(token: string): Promise<string> {
    const [of] = await this.#db
      .select({ accountId: account.id, locale: account.locale })
      .from(calendarFeed)
      .innerJoin(account, eq(account.id, calendarFeed.accountId))
      .where(and(eq(calendarFeed.tokenHash, hashOf(token)), isNull(account.disabledAt)));
    if (!of) throw new HubError('not_found', 'no such calendar');
    const nowMs = this.#now();
    const range = { fromMs: nowMs - BACK_MS, toMs: nowMs + AHEAD_MS };
    const booked = await this.#appointments(of.accountId, range);
    const inSlots = new Set(booked.map(({ caseId }) => caseId));
    const scheduled = await this.#scheduled(of.accountId, range);
    return icalendarOf([...booked, ...scheduled.filter(({ id }) => !inSlots.has(id))], of.locale);
  }

  /**
   * The case's latest appointment as a file for a calendar program, cancelled ones too; for everybody who may read the case.
   * @throws {HubError} not_found
   */
  async fileOf(principal: Principal, caseId: string, locale: Locale): Promise<string> {
    await this.#cases.get(principal, caseId);
    const [latest] = await this.#select()
      .where(eq(appointment.caseId, caseId))
      .orderBy(desc(appointment.bookedAt))
      .limit(1);
    if (!latest) throw new HubError('not_found', 'this case was never booked');
    return icalendarOf([eventOf(latest)], locale);
  }

  async #appointments(accountId: string, { fromMs, toMs }: Range) {
    const own = this.#db
      .select({ id: slot.id })
      .from(slot)
      .where(
        and(
          eq(slot.accountId, accountId),
          gte(slot.startsAt, new Date(fromMs)),
          lt(slot.startsAt, new Date(toMs)),
        ),
      );
    const rows = await this.#select()
      // As a list, which is looked up; joined, all appointments that there are would be read.
      .where(sql`${appointment.slotId} = ANY(ARRAY(${own}))`)
      .orderBy(asc(slot.startsAt))
      .limit(MOST_EVENTS);
    return rows.map((row) => ({ ...eventOf(row), caseId: row.appointment.caseId }));
  }

  #select() {
    return this.#db
      .select({ appointment, slot, name: account.displayName, realName: practitioner.realName })
      .from(appointment)
      .innerJoin(slot, eq(slot.id, appointment.slotId))
      .innerJoin(account, eq(account.id, slot.accountId))
      .leftJoin(practitioner, eq(practitioner.accountId, slot.accountId));
  }

  /** Cases at a time that the person takes part in or asked for. */
  async #scheduled(accountId: string, { fromMs, toMs }: Range): Promise<CalendarEvent[]> {
    const takesPart = sql`EXISTS (${this.#db
      .select({ one: sql`1` })
      .from(caseParticipant)
      .where(and(eq(caseParticipant.caseId, clinicalCase.id), eq(caseParticipant.accountId, accountId)))})`;
    const rows = await this.#db
      .select({
        id: clinicalCase.id,
        kind: clinicalCase.kind,
        scheduledAt: clinicalCase.scheduledAt,
        closedAt: clinicalCase.closedAt,
        updatedAt: clinicalCase.updatedAt,
        version: clinicalCase.version,
      })
      .from(clinicalCase)
      .where(
        and(
          gte(clinicalCase.scheduledAt, new Date(fromMs)),
          lt(clinicalCase.scheduledAt, new Date(toMs)),
          or(eq(clinicalCase.requestedBy, accountId), takesPart),
        ),
      )
      .orderBy(asc(clinicalCase.scheduledAt))
      .limit(MOST_EVENTS);
    return rows.map(({ id, kind, scheduledAt, closedAt, updatedAt, version }) => {
      const startsAtMs = scheduledAt?.getTime() ?? 0;
      return {
        id,
        sequence: version,
        isCancelled: closedAt !== null && closedAt.getTime() < startsAtMs,
        service: kind,
        surname: null,
        startsAtMs,
        endsAtMs: startsAtMs + ASSUMED_MINUTES[kind] * 60_000,
        changedAtMs: updatedAt.getTime(),
      };
    });
  }
}

function eventOf({
  appointment: { id, state, sequence, bookedAt, endedAt },
  slot: { service, startsAt, endsAt },
  name,
  realName,
}: {
  appointment: typeof appointment.$inferSelect;
  slot: typeof slot.$inferSelect;
  name: string;
  realName: string | null;
}): CalendarEvent {
  return {
    id,
    sequence,
    isCancelled: state === 'cancelled',
    service,
    surname: surnameOf(realName ?? name),
    startsAtMs: startsAt.getTime(),
    endsAtMs: endsAt.getTime(),
    changedAtMs: (endedAt ?? bookedAt).getTime(),
  };
}
