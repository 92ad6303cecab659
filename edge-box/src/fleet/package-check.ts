import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
  compareVersions,
  packageManifestSchema,
  signedManifestSchema,
} from '../../../src/lib/signaling/contract/index.ts';
import type { PackageManifest } from '../../../src/lib/signaling/contract/index.ts';

export type Refusal =
  | 'malformed'
  | 'wrong_signature'
  | 'expired'
  | 'downgrade'
  | 'too_big_a_step'
  | 'other_channel'
  | 'wrong_size'
  | 'wrong_hash';

/** A package that this box does not take; `refusal` says why. */
export class PackageRefused extends Error {
  override readonly name = 'PackageRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/** @throws when it is no Ed25519 public key (SubjectPublicKeyInfo, base64url) */
export function updateKey(publicKey: string): KeyObject {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
  return key;
}

export function isUpdateKey(publicKey: string): boolean {
  try {
    return updateKey(publicKey) !== null;
  } catch {
    return false;
  }
}

/**
 * What the manifest says, if it was signed by whom this box trusts and may be installed over the running version now.
 * @throws {PackageRefused}
 */
export function checkManifest(
  signed: unknown,
  box: { key: KeyObject; running: string; channel: 'stable' | 'beta' | 'none'; nowMs: number },
): PackageManifest {
  const { payload, signature } = signedManifestSchema.safeParse(signed).data ?? {};
  if (payload === undefined || signature === undefined) throw new PackageRefused('malformed');
  // Before anything in it is looked at.
  if (!verify(null, Buffer.from(payload), box.key, Buffer.from(signature, 'base64url')))
    throw new PackageRefused('wrong_signature');
  const manifest = packageManifestSchema.safeParse(parseJson(payload)).data;
  if (!manifest) throw new PackageRefused('malformed');
  if (manifest.expiresAtMs <= box.nowMs) throw new PackageRefused('expired');
  if (compareVersions(manifest.version, box.running) <= 0) throw new PackageRefused('downgrade');
  if (compareVersions(box.running, manifest.minVersion) < 0) throw new PackageRefused('too_big_a_step');
  if (box.channel === 'none' || (manifest.channel === 'beta' && box.channel !== 'beta'))
    throw new PackageRefused('other_channel');
  return manifest;
}

/** @throws {PackageRefused} when the file is not the one that the manifest was signed for */
export async function checkFile(file: string, { sizeBytes, sha256 }: PackageManifest): Promise<void> {
  if ((await stat(file)).size !== sizeBytes) throw new PackageRefused('wrong_size');
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  if (hash.digest('hex') !== sha256) throw new PackageRefused('wrong_hash');
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
