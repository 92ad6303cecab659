import { createHmac } from 'node:crypto';
import { ID_KINDS } from '../../signaling/contract/index.ts';
import type { IdKind } from '../model/people/index.ts';

/**
 * Knows a document again without keeping its number. A resident id has few unknown digits, so a plain hash could be guessed through in an hour;
 * without the key, which is not in the database, nothing can be tried.
 */
export class DocumentDigest {
  readonly #key: string;

  /** @throws {Error} for a key that could be guessed */
  constructor(key: string) {
    if (key.length < 32) throw new Error('the key of identity documents is shorter than 32 characters');
    this.#key = key;
  }

  /** Of a number as `normalDocumentNumber` writes it. */
  of(kind: IdKind, number: string): string {
    return createHmac('sha256', this.#key).update(`${kind}:${number}`).digest('base64url');
  }

  /** Whatever document it may be the number of. */
  ofAnyKind(number: string): string[] {
    return ID_KINDS.filter((kind) => kind !== 'none').map((kind) => this.of(kind, number));
  }
}
