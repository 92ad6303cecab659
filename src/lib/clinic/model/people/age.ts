/** China keeps one time, without summer time, and people's birthdays are days of it, wherever the hub stands. */
const CHINA_AHEAD_MS = 8 * 3_600_000;

/** The day `YYYY-MM-DD` that it is in China at this moment. */
export function dayInChina(atMs: number): string {
  return new Date(atMs + CHINA_AHEAD_MS).toISOString().slice(0, 10);
}

/** Whole years since a day `YYYY-MM-DD`, as people count; never less than 0. */
export function ageYears(birthDate: string, atMs: number): number {
  const today = dayInChina(atMs);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return Math.max(0, today.slice(5) < birthDate.slice(5) ? years - 1 : years);
}
