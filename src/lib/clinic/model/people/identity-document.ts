import type { z } from 'zod';
import type { idKindSchema, SEXES } from '../../../signaling/contract/index.ts';
import { maskId } from '../mask.ts';
import { dayInChina } from './age.ts';

export type IdKind = z.infer<typeof idKindSchema>;
export type Sex = (typeof SEXES)[number];

export interface ReadDocument {
  /** As it is printed: without spaces, capital letters. */
  number: string;
  /** Chinese resident ids say these of their holder; other documents say nothing. */
  birthDate: string | null;
  sex: Exclude<Sex, 'unknown'> | null;
}

export type DocumentProblem =
  'number_missing' | 'number_unexpected' | 'shape' | 'region' | 'birth_date' | 'checksum';

/** Documents without a checksum are known by their shape alone. */
const SHAPES: Record<Exclude<IdKind, 'none'>, RegExp> = {
  // GB 11643-1999: region, birth date, sequence, check character.
  resident_id: /^[1-9]\d{16}[\dX]$/,
  // ICAO Doc 9303 has room for nine characters; every country's has a digit.
  passport: /^(?=.*\d)[A-Z0-9]{5,9}$/,
  // 港澳居民来往内地通行证: holder, with or without the number of the issue.
  hk_macau_permit: /^[HM]\d{8}(\d{2})?$/,
  // 台湾居民来往大陆通行证: of five years, and the older one.
  taiwan_permit: /^\d{8}$|^\d{10}[A-Z]?$/,
  // 出生医学证明
  birth_certificate: /^[A-Z]\d{9}$/,
};

/** First two digits of a region, GB/T 2260; 81 to 83 stand on residence permits of Hong Kong, Macau and Taiwan. */
const PROVINCES = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(
    ' ',
  ),
);

/** As people type it, with spaces, hyphens, small letters and full-width digits. */
export function normalDocumentNumber(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/[\s-]+/g, '')
    .toUpperCase();
}

/** What a document says of its holder, or what is wrong with it. Its number stands in neither an error nor a log. */
export function readDocument(
  kind: IdKind,
  typed: string | null,
  atMs: number,
): ReadDocument | null | { problem: DocumentProblem } {
  const number = normalDocumentNumber(typed ?? '');
  if (kind === 'none') return number === '' ? null : { problem: 'number_unexpected' };
  if (number === '') return { problem: 'number_missing' };
  if (!SHAPES[kind].test(number)) return { problem: 'shape' };
  if (kind !== 'resident_id') return { number, birthDate: null, sex: null };
  if (!PROVINCES.has(number.slice(0, 2))) return { problem: 'region' };
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDay(birthDate) || birthDate > dayInChina(atMs)) return { problem: 'birth_date' };
  if (residentIdCheck(number) !== number.at(-1)) return { problem: 'checksum' };
  return { number, birthDate, sex: Number(number[16]) % 2 === 1 ? 'male' : 'female' };
}

/** The last character of a Chinese resident id, from its first 17: ISO 7064 MOD 11-2, as GB 11643 says. */
export function residentIdCheck(number: string): string {
  let sum = 0;
  for (let place = 0; place < 17; place += 1) sum += Number(number[place]) * (2 ** (17 - place) % 11);
  return '10X98765432'[sum % 11]!;
}

/** All that is kept of a number that can be read: `5329**********0428`, or the end of any other. */
export function maskDocumentNumber(kind: IdKind, number: string): string {
  if (kind !== 'resident_id') return maskId(number);
  return `${number.slice(0, 4)}${'*'.repeat(10)}${number.slice(-4)}`;
}

/** A day `YYYY-MM-DD` of the calendar on which somebody who lives may have been born. */
export function isDay(text: string): boolean {
  if (!/^(19|20|21)\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
