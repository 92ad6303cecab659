import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { boxIdSchema, boxTokenChallenge } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxTokenProof } from '../../../src/lib/signaling/contract/index.ts';

const KEY_FILE = 'box-key.pem';
const ENROLMENT_FILE = 'enrolment.json';

const enrolmentSchema = z.strictObject({
  boxId: boxIdSchema,
  hubUrl: z.url().max(2048),
});
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** Who this box is: an Ed25519 key made here, which never leaves its data folder, and the hub that knows it. */
export class BoxIdentity {
  readonly #dataDir: string;
  readonly #key: KeyObject;

  private constructor(dataDir: string, key: KeyObject) {
    this.#dataDir = dataDir;
    this.#key = key;
  }

  /** Reads the key, or makes one on the first start. A damaged key is an error: a new one would be another box. */
  static load(dataDir: string): BoxIdentity {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const file = path.join(dataDir, KEY_FILE);
    if (!existsSync(file)) {
      const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
      writeSecret(file, pem.toString());
    }
    chmodSync(file, 0o600);
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is not an Ed25519 key`);
    return new BoxIdentity(dataDir, key);
  }

  /** SubjectPublicKeyInfo, base64url. */
  get publicKey(): string {
    return createPublicKey(this.#key).export({ type: 'spki', format: 'der' }).toString('base64url');
  }

  /** The enrolment with this hub; null when there is none yet. */
  enrolmentWith(hubUrl: string): Enrolment | null {
    const file = path.join(this.#dataDir, ENROLMENT_FILE);
    if (!existsSync(file)) return null;
    const enrolment = enrolmentSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return enrolment.hubUrl === hubUrl ? enrolment : null;
  }

  saveEnrolment(enrolment: Enrolment): void {
    writeSecret(path.join(this.#dataDir, ENROLMENT_FILE), JSON.stringify(enrolmentSchema.parse(enrolment)));
  }

  signChallenge(challenge: string): string {
    return sign(null, Buffer.from(challenge, 'utf8'), this.#key).toString('base64url');
  }

  /** Proof of who this box is, good for one token. */
  proveFor(boxId: string, timestampMs: number): BoxTokenProof {
    const claim = { boxId, timestampMs, nonce: randomBytes(16).toString('base64url') };
    return { ...claim, signature: this.signChallenge(boxTokenChallenge(claim)) };
  }
}

/** Whole or not at all, and readable by the box alone from the first byte on. */
function writeSecret(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, file);
}
