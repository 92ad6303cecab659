import { and, eq, gt, lt, ne } from 'drizzle-orm';
import { newId } from '../../identity/index.ts';
import { HubError, type CaseKind } from '../../signaling/contract/index.ts';
import { appointment, clinicalCase, isUniqueViolation, slot, type Transaction } from '../../storage/index.ts';
import { dropReminders, planForBooking } from '../reminders/plan.ts';
import { lockTimeOf } from './lock.ts';

/** A case's place in somebody's time. The id stays the same when it is moved; `sequence` grows with each change, as iCalendar's does. */
export interface Booking {
  appointmentId: string;
  slotId: string;
  caseId: string;
  patientId: string;
  /** Whose time it is. */
  accountId: string;
  /** Of whose time it is. */
  institutionId: string;
  service: CaseKind;
  startsAtMs: number;
  endsAtMs: number;
  sequence: number;
}

type AppointmentRow = typeof appointment.$inferSelect;
type SlotRow = typeof slot.$inferSelect;

/**
 * Books a slot for a case, and plans what everybody is told of it (`reminders/plan.ts`). For effects: a plain function on the step's
 * transaction, whose refusals undo the step. The effect sets `columns.scheduledAt` itself.
 *
 * However many people do this at once, one gets the slot and nobody waits crosswise: each holds its case, then its patient's time, then
 * one slot, always in this order.
 * @throws {HubError} not_found (no such slot or case; a slot of another service), expired (it has begun), conflict (taken, withdrawn, the
 *   case is booked already or is another patient's, the patient has another appointment then)
 */
export async function bookSlot(
  tx: Transaction,
  { slotId, caseId, patientId, nowMs }: { slotId: string; caseId: string; patientId: string; nowMs: number },
): Promise<Booking> {
  const of = await lockCase(tx, caseId);
  if (of.patientId !== patientId) throw new HubError('conflict', 'the case is another patient’s');
  if (await standingOf(tx, caseId)) throw new HubError('conflict', 'the case is booked already');
  const free = await takeFreeSlot(tx, { slotId, service: of.kind, patientId, caseId, nowMs });
  const [row] = await onceOnly(
    tx
      .insert(appointment)
      .values({ id: newId(), slotId, caseId, patientId, bookedAt: new Date(nowMs) })
      .returning(),
  );
  const booking = bookingOf(row as AppointmentRow, free);
  await planForBooking(tx, booking, 'made', nowMs);
  return booking;
}

/**
 * Moves the case's booking to another slot: both change in this transaction, or neither.
 * @throws {HubError} as `bookSlot`; not_found also when nothing is booked
 */
export async function reschedule(
  tx: Transaction,
  { slotId, caseId, nowMs }: { slotId: string; caseId: string; nowMs: number },
): Promise<Booking> {
  const of = await lockCase(tx, caseId);
  const standing = await bookedOf(tx, caseId);
  const { patientId, sequence } = standing.row;
  if (standing.row.slotId === slotId) throw new HubError('conflict', 'it is at that time already');
  const free = await takeFreeSlot(tx, { slotId, service: of.kind, patientId, caseId, nowMs });
  const [row] = await onceOnly(
    tx
      .update(appointment)
      .set({ slotId, sequence: sequence + 1 })
      .where(eq(appointment.id, standing.row.id))
      .returning(),
  );
  const booking = bookingOf(row as AppointmentRow, free);
  await planForBooking(tx, booking, 'moved', nowMs);
  return booking;
}

/** The slot is free again. @throws {HubError} not_found: nothing is booked */
export async function cancelBooking(
  tx: Transaction,
  { caseId, reason, nowMs }: { caseId: string; reason: string; nowMs: number },
): Promise<Booking> {
  const booking = await end(tx, caseId, {
    state: 'cancelled',
    endReason: reason,
    endedAt: new Date(nowMs),
  });
  await planForBooking(tx, booking, 'cancelled', nowMs);
  return booking;
}

/** The patient was there. @throws {HubError} not_found: nothing is booked */
export async function markKept(
  tx: Transaction,
  { caseId, nowMs }: { caseId: string; nowMs: number },
): Promise<Booking> {
  return past(tx, caseId, 'kept', nowMs);
}

/** The patient did not come. @throws {HubError} not_found: nothing is booked */
export async function markMissed(
  tx: Transaction,
  { caseId, nowMs }: { caseId: string; nowMs: number },
): Promise<Booking> {
  return past(tx, caseId, 'missed', nowMs);
}

/** The case's standing booking, if any. */
export async function bookingOfCase(
  tx: Pick<Transaction, 'select'>,
  caseId: string,
): Promise<Booking | null> {
  const standing = await standingOf(tx, caseId);
  return standing ? bookingOf(standing.row, standing.at) : null;
}

async function past(tx: Transaction, caseId: string, state: 'kept' | 'missed', nowMs: number) {
  const booking = await end(tx, caseId, { state, endedAt: new Date(nowMs) });
  await dropReminders(tx, caseId, booking.appointmentId);
  return booking;
}

async function end(
  tx: Transaction,
  caseId: string,
  change: Pick<AppointmentRow, 'state' | 'endedAt'> & Partial<AppointmentRow>,
): Promise<Booking> {
  await lockCase(tx, caseId);
  const { row, at } = await bookedOf(tx, caseId);
  const [ended] = await tx
    .update(appointment)
    .set({ ...change, sequence: row.sequence + 1 })
    .where(eq(appointment.id, row.id))
    .returning();
  return bookingOf(ended as AppointmentRow, at);
}

/** Within a step the case is locked already; whoever calls without one must wait like everybody. */
async function lockCase(tx: Transaction, caseId: string) {
  const [row] = await tx
    .select({ kind: clinicalCase.kind, patientId: clinicalCase.patientId })
    .from(clinicalCase)
    .where(eq(clinicalCase.id, caseId))
    .for('update');
  if (!row) throw new HubError('not_found', 'no such case');
  return row;
}

async function standingOf(tx: Pick<Transaction, 'select'>, caseId: string) {
  const [found] = await tx
    .select({ row: appointment, at: slot })
    .from(appointment)
    .innerJoin(slot, eq(slot.id, appointment.slotId))
    .where(and(eq(appointment.caseId, caseId), eq(appointment.state, 'booked')));
  return found;
}

async function bookedOf(tx: Transaction, caseId: string) {
  const standing = await standingOf(tx, caseId);
  if (!standing) throw new HubError('not_found', 'nothing is booked for this case');
  return standing;
}

async function takeFreeSlot(
  tx: Transaction,
  wish: { slotId: string; service: CaseKind; patientId: string; caseId: string; nowMs: number },
): Promise<SlotRow> {
  const { slotId, service, patientId, caseId, nowMs } = wish;
  await lockTimeOf(tx, 'patient', patientId);
  // "No key": appointments that point at the slot need not wait.
  const [free] = await tx.select().from(slot).where(eq(slot.id, slotId)).for('no key update');
  if (!free || free.service !== service) throw new HubError('not_found', 'no such slot of this service');
  if (free.state !== 'open') throw new HubError('conflict', 'the slot was withdrawn');
  if (free.startsAt.getTime() <= nowMs) throw new HubError('expired', 'the slot has begun');
  const [taken] = await tx
    .select({ state: appointment.state })
    .from(appointment)
    .where(and(eq(appointment.slotId, slotId), ne(appointment.state, 'cancelled')));
  if (taken) throw new HubError('conflict', 'the slot is taken');
  const [other] = await tx
    .select({ id: appointment.id })
    .from(appointment)
    .innerJoin(slot, eq(slot.id, appointment.slotId))
    .where(
      and(
        eq(appointment.patientId, patientId),
        eq(appointment.state, 'booked'),
        ne(appointment.caseId, caseId),
        lt(slot.startsAt, free.endsAt),
        gt(slot.endsAt, free.startsAt),
      ),
    );
  if (other) throw new HubError('conflict', 'the patient has another appointment at that time');
  return free;
}

/** The locks keep everybody apart; should one ever be missing, the database still refuses, and people hear why. */
async function onceOnly<T>(write: PromiseLike<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (isUniqueViolation(error)) throw new HubError('conflict', 'the slot is taken', { cause: error });
    throw error;
  }
}

function bookingOf({ id, caseId, patientId, sequence }: AppointmentRow, at: SlotRow): Booking {
  return {
    appointmentId: id,
    slotId: at.id,
    caseId,
    patientId,
    accountId: at.accountId,
    institutionId: at.institutionId,
    service: at.service,
    startsAtMs: at.startsAt.getTime(),
    endsAtMs: at.endsAt.getTime(),
    sequence,
  };
}
