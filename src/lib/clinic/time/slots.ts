import { and, asc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import { HubError, isHubError } from '../../signaling/contract/index.ts';
import {
  account,
  appointment,
  isExclusionViolation,
  slot,
  type Database,
  type Transaction,
} from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';
import { MOST_SLOTS, slotPlanSchema, slotTimes, type Range } from '../model/time/index.ts';
import { freeSlots, type FreeSlot, type FreeSlotsFilter } from './free-slots.ts';
import { isKeeperOf, OFFERING } from './keepers.ts';
import { lockTimeOf } from './lock.ts';

/** Of publishing, while what is in the way is withdrawn by somebody else at the same moment. */
const TRIES = 3;

/** The time is offered already; says which slot stands in the way. */
export class SlotOverlap extends HubError {
  readonly details: { slotId: string; startsAtMs: number; endsAtMs: number };

  constructor(details: SlotOverlap['details'], options?: ErrorOptions) {
    super('conflict', 'another slot of this person is at that time', options);
    this.details = details;
  }
}

/** Time that people offer. */
export class Slots {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * Offers one slot or a series, all of it or nothing. Answers the ids in the order of time.
   * @throws {HubError} invalid_message, forbidden, not_found (nobody of this institution), expired (it begins in the past), conflict
   *   (`SlotOverlap`)
   */
  async publish(principal: AccountPrincipal, rawPlan: unknown): Promise<string[]> {
    const plan = parseInput(slotPlanSchema, rawPlan);
    const accountId = plan.accountId ?? principal.accountId;
    const times = slotTimes(plan);
    if (times.length === 0)
      throw new HubError('invalid_message', 'there is no such time on any of these days');
    if (times.length > MOST_SLOTS)
      throw new HubError('invalid_message', `${times.length} slots; at most ${MOST_SLOTS} at a time`);
    if ((times[0] as Range).fromMs <= this.#now()) throw new HubError('expired', 'it begins in the past');
    const { institutionId } = await this.#offering(principal, accountId);
    const rows = times.map(({ fromMs, toMs }) => ({
      id: newId(),
      accountId,
      institutionId,
      service: plan.service,
      startsAt: new Date(fromMs),
      endsAt: new Date(toMs),
    }));
    for (let triesLeft = TRIES - 1; ; triesLeft--) {
      try {
        await this.#db.transaction(async (tx) => {
          // Two series at once would wait for each other's slots crosswise.
          await lockTimeOf(tx, 'account', accountId);
          await tx.insert(slot).values(rows);
        });
        break;
      } catch (error) {
        if (!isExclusionViolation(error)) throw error;
        const inTheWay = await this.#inTheWay(accountId, times, error);
        if (inTheWay) throw inTheWay;
        // It was withdrawn a moment ago: then the time is free.
        if (triesLeft === 0)
          throw new HubError('conflict', 'the time is being offered and withdrawn', { cause: error });
      }
    }
    return rows.map(({ id }) => id);
  }

  /** Whether this person may offer time of that one. */
  async mayOffer(principal: AccountPrincipal, accountId: string): Promise<boolean> {
    try {
      await this.#offering(principal, accountId);
      return true;
    } catch (error) {
      if (!isHubError(error)) throw error;
      return false;
    }
  }

  /** Whose time it is, if this person may offer it. */
  async #offering(principal: AccountPrincipal, accountId: string) {
    if (accountId !== principal.accountId && !isKeeperOf(principal, principal.institutionId))
      throw new HubError('forbidden');
    const [found] = await this.#db
      .select({ roles: account.roles, institutionId: account.institutionId, disabledAt: account.disabledAt })
      .from(account)
      .where(and(eq(account.id, accountId), eq(account.institutionId, principal.institutionId)));
    if (!found || found.disabledAt) throw new HubError('not_found', 'nobody of this institution');
    if (!found.roles.some((role) => OFFERING.includes(role)))
      throw new HubError('forbidden', 'this role has no time that can be booked');
    return found;
  }

  async #inTheWay(
    accountId: string,
    times: readonly Range[],
    cause: unknown,
  ): Promise<SlotOverlap | undefined> {
    const rows = await this.#db
      .select()
      .from(slot)
      .where(
        and(
          eq(slot.accountId, accountId),
          eq(slot.state, 'open'),
          lt(slot.startsAt, new Date((times.at(-1) as Range).toMs)),
          gt(slot.endsAt, new Date((times[0] as Range).fromMs)),
        ),
      )
      .orderBy(asc(slot.startsAt));
    for (const { id, startsAt, endsAt } of rows) {
      const [startsAtMs, endsAtMs] = [startsAt.getTime(), endsAt.getTime()];
      if (times.some(({ fromMs, toMs }) => fromMs < endsAtMs && startsAtMs < toMs))
        return new SlotOverlap({ slotId: id, startsAtMs, endsAtMs }, { cause });
    }
    return undefined;
  }

  /**
   * Takes slots back, all of them or none. What was withdrawn already stays so.
   * @throws {HubError} not_found (also another's), conflict (somebody is booked there: cancel or move that first)
   */
  async withdraw(principal: AccountPrincipal, slotIds: readonly string[]): Promise<void> {
    bounded(slotIds);
    await this.#db.transaction(async (tx) => {
      await this.#ownSlots(tx, principal, slotIds);
      const [booked] = await tx
        .select({ slotId: appointment.slotId })
        .from(appointment)
        .where(
          and(inArray(appointment.slotId, [...slotIds]), inArray(appointment.state, ['booked', 'kept'])),
        );
      if (booked) throw new HubError('conflict', 'somebody is booked there');
      await tx
        .update(slot)
        .set({ state: 'withdrawn' })
        .where(inArray(slot.id, [...slotIds]));
    });
  }

  /**
   * Undoes `withdraw`, for all of them or none. What is offered stays so.
   * @throws {HubError} not_found (also another's), conflict (the time has been offered anew meanwhile)
   */
  async restore(principal: AccountPrincipal, slotIds: readonly string[]): Promise<void> {
    bounded(slotIds);
    try {
      await this.#db.transaction(async (tx) => {
        const owners = await tx
          .selectDistinct({ accountId: slot.accountId })
          .from(slot)
          .where(inArray(slot.id, [...slotIds]))
          .orderBy(asc(slot.accountId));
        // Whoever publishes meanwhile would be waited for crosswise.
        for (const { accountId } of owners) await lockTimeOf(tx, 'account', accountId);
        await this.#ownSlots(tx, principal, slotIds);
        await tx
          .update(slot)
          .set({ state: 'open' })
          .where(inArray(slot.id, [...slotIds]));
      });
    } catch (error) {
      if (!isExclusionViolation(error)) throw error;
      throw new HubError('conflict', 'the time has been offered anew', { cause: error });
    }
  }

  /** Locks slots that are this person's to change. @throws {HubError} not_found */
  async #ownSlots(tx: Transaction, principal: AccountPrincipal, slotIds: readonly string[]): Promise<void> {
    const rows = await this.#lockSlots(tx, slotIds);
    const own = rows.filter(
      (row) => row.accountId === principal.accountId || isKeeperOf(principal, row.institutionId),
    );
    if (own.length < new Set(slotIds).size) throw new HubError('not_found', 'no such slot of this person');
  }

  /** In one order for everybody, so that two who take back the same slots do not wait crosswise. */
  #lockSlots(tx: Transaction, slotIds: readonly string[]) {
    return tx
      .select({ id: slot.id, accountId: slot.accountId, institutionId: slot.institutionId })
      .from(slot)
      .where(sql`${slot.id} = ANY(${sql.param([...slotIds])}::text[])`)
      .orderBy(asc(slot.id))
      .for('no key update');
  }

  /** What can be booked; everybody with an account may look. @throws {HubError} invalid_message */
  free(filter: FreeSlotsFilter): Promise<FreeSlot[]> {
    return freeSlots(this.#db, filter, this.#now());
  }
}

function bounded(slotIds: readonly string[]): void {
  if (slotIds.length === 0 || slotIds.length > MOST_SLOTS)
    throw new HubError('invalid_message', `between one and ${MOST_SLOTS} slots`);
}
