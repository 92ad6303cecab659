import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { notification, reminder, type Transaction } from '../../../storage/index.ts';
import type { ClinicWorld } from '../../testing/clinic-world.ts';
import { bookSlot } from '../../time/booking.ts';
import { addCase, addSlot, DAY_MS } from '../../time/testing/time-world.ts';
import type { Channel, ReminderRow } from '../channels/channel.ts';
import { SmsChannel } from '../channels/sms.ts';
import { ReminderRunner } from '../runner.ts';

/** Bookings of a world, what is planned of them, and what leaves the hub by a channel that answers as a test wants. */
export function reminderDay(world: () => ClinicWorld) {
  let days = 0;
  /** What left the hub, and what the other side answers. */
  const outside = { left: [] as ReminderRow[], answer: async (_: ReminderRow): Promise<void> => undefined };
  const channel: Channel = {
    deliver: async (row) => {
      outside.left.push(row);
      await outside.answer(row);
    },
  };
  const runner = (): ReminderRunner =>
    new ReminderRunner({
      db: world().db,
      bus: world().bus,
      channels: {
        email: channel,
        webhook: channel,
        sms: new SmsChannel({ db: world().db, port: null, zone: 'Asia/Shanghai' }),
      },
      log: pino({ level: 'silent' }),
      now: () => world().clock.nowMs,
    });
  async function tellAll(by = runner()): Promise<void> {
    while ((await by.runBatch()) > 0);
  }
  /** Nothing is planned, nothing was told. */
  async function anew(): Promise<void> {
    await world().db.delete(reminder);
    await world().db.delete(notification);
    outside.left.length = 0;
    outside.answer = async () => undefined;
    world().told.length = 0;
  }

  const doctor = () => world().person('specialist', 'city');
  const requester = () => world().person('rural_doctor');
  const inTx = <T>(act: (tx: Transaction) => Promise<T>) => world().db.transaction(act);
  async function booked({ inMs = ++days * 3 * DAY_MS, patientId = '' } = {}) {
    const wish = await addCase(world(), { patientId: patientId || (await world().addPatient()) });
    const { nowMs } = world().clock;
    const slotId = await addSlot(world(), doctor(), nowMs + inMs);
    const booking = await inTx((tx) => bookSlot(tx, { slotId, ...wish, nowMs }));
    return { ...booking, nowMs };
  }
  const rowsOf = (caseId: string) => world().db.select().from(reminder).where(eq(reminder.caseId, caseId));
  const waiting = async (caseId: string) =>
    (await rowsOf(caseId))
      .filter(({ state }) => state === 'waiting')
      .map(({ kind, recipient, dueAt }) => `${kind} ${recipient} ${dueAt.toISOString()}`)
      .toSorted();
  /** As both doctors are told of it. */
  const both = (kind: string, atMs: number) =>
    [requester(), doctor()].map(
      ({ principalId }) => `${kind} ${principalId} ${new Date(atMs).toISOString()}`,
    );

  return { outside, runner, tellAll, anew, doctor, requester, inTx, booked, rowsOf, waiting, both };
}
