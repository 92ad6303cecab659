import ical, { ICalCalendarMethod, ICalEventClass, ICalEventStatus } from 'ical-generator';
import type { CaseKind } from '../../signaling/contract/index.ts';
import { appointmentTitle, serviceName, type Locale } from '../model/time/index.ts';

/** One thing in somebody's calendar program: when, what and with whom; nothing of the patient. */
export interface CalendarEvent {
  /** The appointment's or the case's, the same over all its changes. */
  id: string;
  /** Grows with each change. */
  sequence: number;
  isCancelled: boolean;
  service: CaseKind;
  /** The doctor's; null: only what it is. */
  surname: string | null;
  startsAtMs: number;
  endsAtMs: number;
  changedAtMs: number;
}

/** RFC 7986: ours, how often calendar programs should look again. */
const REFRESH_SECONDS = 15 * 60;

/** A calendar after RFC 5545, published (`METHOD:PUBLISH`), all times in UTC so that no zone has to be described. */
export function icalendarOf(events: readonly CalendarEvent[], locale: Locale): string {
  const calendar = ical({
    prodId: { company: 'RUI', product: 'Hub', language: locale === 'en' ? 'EN' : 'ZH' },
    name: locale === 'en' ? 'Telemedicine' : '远程医疗',
    method: ICalCalendarMethod.PUBLISH,
    ttl: REFRESH_SECONDS,
  });
  for (const each of events) {
    const { service, surname } = each;
    calendar.createEvent({
      id: `${each.id}@rui-hub`,
      sequence: each.sequence,
      stamp: new Date(each.changedAtMs),
      start: new Date(each.startsAtMs),
      end: new Date(each.endsAtMs),
      summary: surname === null ? serviceName(service, locale) : appointmentTitle(service, surname, locale),
      status: each.isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
      class: ICalEventClass.PRIVATE,
    });
  }
  return calendar.toString();
}
