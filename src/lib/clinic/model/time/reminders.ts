import { z } from 'zod';
import { caseKindSchema } from '../../../signaling/contract/index.ts';
import { appointmentTitle, serviceName, type Locale } from './words.ts';

export const REMINDER_KINDS = [
  'booking.made',
  'booking.moved',
  'booking.cancelled',
  'visit.day',
  'visit.hour',
  'follow_up.due',
] as const;
export type ReminderKind = (typeof REMINDER_KINDS)[number];

/** How long before an appointment people are reminded of it. Ours: a day to arrange it, an hour to be there. */
export const LEAD_MS = { 'visit.day': 24 * 60 * 60_000, 'visit.hour': 60 * 60_000 } as const;

/** All that a reminder knows: enough to say when, what and with whom; nothing of the patient. */
export const reminderDataSchema = z.object({
  service: caseKindSchema,
  atMs: z.number(),
  /** What it is about, for programs: the appointment, or the follow-up. */
  subjectId: z.string(),
  /** The doctor's surname. */
  surname: z.string().nullable(),
  endsAtMs: z.number().nullable(),
  sequence: z.number(),
});
export type ReminderData = z.infer<typeof reminderDataSchema>;

const TITLES: Record<Locale, Record<ReminderKind, string>> = {
  'zh-CN': {
    'booking.made': '预约成功',
    'booking.moved': '预约已改期',
    'booking.cancelled': '预约已取消',
    'visit.day': '预约提醒',
    'visit.hour': '预约即将开始',
    'follow_up.due': '随访提醒',
  },
  en: {
    'booking.made': 'Appointment booked',
    'booking.moved': 'Appointment moved',
    'booking.cancelled': 'Appointment cancelled',
    'visit.day': 'Appointment tomorrow',
    'visit.hour': 'Appointment within the hour',
    'follow_up.due': 'Follow-up due',
  },
};

export interface ReminderWords {
  title: string;
  text: string;
}

/** `预约提醒` / `远程会诊 · 王医生，11月29日周日 GMT+8 15:00`; `when` is said as suits where it is read. */
export function reminderWords(
  kind: ReminderKind,
  { service, surname }: ReminderData,
  when: string,
  locale: Locale,
): ReminderWords {
  const what = surname === null ? serviceName(service, locale) : appointmentTitle(service, surname, locale);
  const comma = locale === 'zh-CN' ? '，' : ', ';
  return { title: TITLES[locale][kind], text: `${what}${comma}${when}` };
}
