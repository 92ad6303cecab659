import { randomInt } from 'node:crypto';

/** Crockford's base32: no I, L, O, U, so that a code read out over the telephone arrives. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;

/** Ten characters, 50 bits, in two groups: `7K3QP-9XW2M`. */
export function newEnrolmentCode(): string {
  const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}

/** Reads what somebody typed; null when it cannot be a code. */
export function parseEnrolmentCode(typed: string): string | null {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0');
  return code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter)) ? code : null;
}
