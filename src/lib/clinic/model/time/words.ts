import type { CaseKind } from '../../../signaling/contract/index.ts';

export type Locale = 'zh-CN' | 'en';

const SERVICES: Record<Locale, Record<CaseKind, string>> = {
  'zh-CN': {
    consult: '远程会诊',
    outpatient: '远程门诊',
    exam: '远程查验',
    surgery: '远程手术',
    reading: '远程诊断',
  },
  en: {
    consult: 'Remote consult',
    outpatient: 'Remote outpatient visit',
    exam: 'Remote exam',
    surgery: 'Remote surgery',
    reading: 'Remote reading',
  },
};

export const serviceName = (kind: CaseKind, locale: Locale): string => SERVICES[locale][kind];

/** The compound surnames that are common enough to meet. */
const COMPOUND = new Set(
  '欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 夏侯 令狐 端木 长孙 宇文 司空 鲜于 独孤'.split(' '),
);

/** All of a doctor's name that leaves the hub. */
export function surnameOf(name: string): string {
  const trimmed = name.trim();
  if (!/^\p{Script=Han}/u.test(trimmed)) return trimmed.split(/\s+/).at(-1) ?? '';
  const letters = [...trimmed];
  const two = letters.slice(0, 2).join('');
  return letters.length > 2 && COMPOUND.has(two) ? two : (letters[0] ?? '');
}

export const doctorCalled = (surname: string, locale: Locale): string =>
  locale === 'zh-CN' ? `${surname}医生` : `Dr ${surname}`;

/** `远程会诊 · 王医生`: says when to be there and with whom, and nothing of the patient. */
export const appointmentTitle = (service: CaseKind, surname: string, locale: Locale): string =>
  `${serviceName(service, locale)} · ${doctorCalled(surname, locale)}`;

/** `11月29日周日 15:00 GMT+8` */
export function whenWords(atMs: number, zone: string, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    month: locale === 'en' ? 'short' : 'long',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(atMs);
}
