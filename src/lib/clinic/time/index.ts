import type { Database } from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import { Calendar } from './calendar.ts';
import { Feeds } from './feeds.ts';
import { Slots } from './slots.ts';

export type { Booking } from './booking.ts';
export type { CalendarEntry, CalendarView } from './calendar.ts';
export type { FreeSlot, FreeSlotsFilter } from './free-slots.ts';

/** When things take place: time that is offered, calendars, and calendars for other programs. Bookings are steps of cases (`booking.ts`). */
export class Time {
  readonly slots: Slots;
  readonly calendar: Calendar;
  readonly feeds: Feeds;

  constructor({ db, cases, now }: { db: Database; cases: Cases; now: () => number }) {
    this.slots = new Slots(db, now);
    this.calendar = new Calendar(db);
    this.feeds = new Feeds({ db, cases, now });
  }
}
