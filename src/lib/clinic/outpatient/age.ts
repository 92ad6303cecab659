import { dayInChina } from '../model/people/age.ts';

/** Whole months since a day `YYYY-MM-DD`, as people count; never less than 0. */
export function ageMonths(birthDate: string, atMs: number): number {
  const [year = 0, month = 0, day = 0] = birthDate.split('-').map(Number);
  const [nowYear = 0, nowMonth = 0, nowDay = 0] = dayInChina(atMs).split('-').map(Number);
  const months = (nowYear - year) * 12 + nowMonth - month;
  return Math.max(0, nowDay < day ? months - 1 : months);
}
