// Packs a built box and signs what it is. The private key stays where it is; only its signature goes out.
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const DAY_MS = 24 * 3600_000;

/** @param {string} file PEM of an Ed25519 private key */
export function readKey(file) {
  const key = createPrivateKey(fs.readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is not an Ed25519 key`);
  return key;
}

/** What boxes are given as UPDATE_PUBLIC_KEY. @param {import('node:crypto').KeyObject} key */
export const publicKeyOf = (key) =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64url');

/**
 * Writes `<version>.tar.gz` and `<version>.json` into `out`.
 * @param {{ built: string, out: string, key: import('node:crypto').KeyObject, version: string, channel: string, minVersion: string, validDays: number }} options
 */
export function signBox({ built, out, key, version, channel, minVersion, validDays }) {
  fs.mkdirSync(out, { recursive: true });
  const archive = path.join(out, `${version}.tar.gz`);
  execFileSync('tar', ['-czf', `${archive}.tmp`, '--owner=0', '--group=0', '--sort=name', '-C', built, '.']);
  fs.renameSync(`${archive}.tmp`, archive);
  const manifest = {
    version,
    sha256: createHash('sha256').update(fs.readFileSync(archive)).digest('hex'),
    sizeBytes: fs.statSync(archive).size,
    channel,
    minVersion,
    expiresAtMs: Date.now() + validDays * DAY_MS,
  };
  const payload = Buffer.from(JSON.stringify(manifest)).toString('base64url');
  const signature = sign(null, Buffer.from(payload), key).toString('base64url');
  // Last: a hub offers what has a manifest.
  fs.writeFileSync(path.join(out, `${version}.json`), JSON.stringify({ payload, signature }));
  return manifest;
}
