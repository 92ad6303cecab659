import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

const KEY_FILE = 'outbox.key';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A record that was changed, swapped for another, or sealed with another key. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** AES-256-GCM with the box's own key. `about` is bound to what is sealed, so that no record passes for another. */
export class Seal {
  readonly #key: KeyObject;

  constructor(key: Buffer) {
    if (key.length !== KEY_BYTES) throw new RangeError('not a 256 bit key');
    this.#key = createSecretKey(key);
  }

  /** Reads the key of this folder; null when there is none, or a damaged one. */
  static load(folder: string): Seal | null {
    const file = path.join(folder, KEY_FILE);
    if (!existsSync(file)) return null;
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
    return key.length === KEY_BYTES ? new Seal(key) : null;
  }

  /** On disk for certain before the first record needs it: without its key a record is lost. */
  static create(folder: string): Seal {
    const key = randomBytes(KEY_BYTES);
    const file = path.join(folder, KEY_FILE);
    // A damaged one may still be mended by a person.
    if (existsSync(file)) renameSync(file, `${file}.aside-${randomBytes(3).toString('hex')}`);
    const temporary = `${file}.new`;
    const handle = openSync(temporary, 'w', 0o600);
    try {
      writeSync(handle, `${key.toString('base64url')}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
    syncFolder(folder);
    return new Seal(key);
  }

  close(plain: Uint8Array, about: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.from(about, 'utf8'));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws {SealBroken} */
  open(sealed: Uint8Array, about: string): Buffer {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(about, 'utf8'));
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new SealBroken('a sealed record does not open', { cause });
    }
  }
}

/** So that a new or renamed file is still there after a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
