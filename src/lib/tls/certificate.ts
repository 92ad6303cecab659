import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
/** Browsers refuse certificates that are valid for longer (CA/Browser Forum, 398 days). */
const VALID_DAYS = 397;
const RENEW_BEFORE_DAYS = 30;

export interface Certificate {
  /** PEM, with the chain if one was given. */
  cert: string;
  /** PEM. */
  key: string;
  /** SHA-256, as browsers show it, for a person to compare. */
  fingerprint: string;
  validUntil: Date;
  selfMade: boolean;
}

/** A certificate that cannot be used; the message says what to do. */
export class CertificateError extends Error {
  override name = 'CertificateError';
}

async function readPem(file: string, setting: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CertificateError(`${setting}: cannot read ${file} (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError(`${file} holds no PEM certificate`, { cause });
  }
}

function parseKey(pem: string, file: string) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateError(`${file} holds no PEM private key, or one with a passphrase`, { cause });
  }
}

/** Reads a given certificate and makes sure that the key is its own and that it is valid today. */
export async function readCertificate(options: { certFile: string; keyFile: string }): Promise<Certificate> {
  const { certFile, keyFile } = options;
  // One after the other: where both are missing, it is always the same one that is named.
  const cert = await readPem(certFile, 'TLS_CERT');
  const key = await readPem(keyFile, 'TLS_KEY');
  const parsed = parseCertificate(cert, certFile);
  if (!parsed.checkPrivateKey(parseKey(key, keyFile))) {
    throw new CertificateError(`${keyFile} is not the key of the certificate ${certFile}`);
  }
  if (parsed.validToDate.getTime() < Date.now()) {
    throw new CertificateError(`The certificate ${certFile} ended on ${parsed.validTo}`);
  }
  if (parsed.validFromDate.getTime() > Date.now()) {
    throw new CertificateError(
      `The certificate ${certFile} is not valid before ${parsed.validFrom}; check the clock`,
    );
  }
  return { cert, key, fingerprint: parsed.fingerprint256, validUntil: parsed.validToDate, selfMade: false };
}

/**
 * The IPv4 addresses by which this machine is reached in its own networks. IPv6 ones change daily (privacy
 * extensions), and a certificate that follows them would have to be accepted daily.
 */
export function lanAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((one) => !one.internal && one.family === 'IPv4')
    .map((one) => one.address);
}

const isWildcard = (host: string) => host === '0.0.0.0' || host === '::';

function namesFor(hosts: string[]): string[] {
  const names = ['localhost', '127.0.0.1', '::1', os.hostname(), ...lanAddresses(), ...hosts];
  return [...new Set(names.filter((name) => name !== '' && !isWildcard(name)))];
}

function covers(certificate: X509Certificate, name: string): boolean {
  return Boolean(net.isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name));
}

async function readKept(
  certFile: string,
  keyFile: string,
  names: string[],
): Promise<Certificate | undefined> {
  let kept: Certificate;
  let parsed: X509Certificate;
  try {
    kept = await readCertificate({ certFile, keyFile });
    parsed = new X509Certificate(kept.cert);
  } catch (error) {
    if (error instanceof CertificateError) return undefined; // made anew, whatever is wrong with it
    throw error;
  }
  const fresh = kept.validUntil.getTime() - Date.now() > RENEW_BEFORE_DAYS * DAY_MS;
  return fresh && names.every((name) => covers(parsed, name)) ? { ...kept, selfMade: true } : undefined;
}

async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

/**
 * A self-made certificate for this machine's names and addresses and the given ones, kept in `dataDir` so that a
 * person has to accept it once only; made anew before it ends or when an address is added.
 */
export async function ensureCertificate(options: { dataDir: string; hosts: string[] }): Promise<Certificate> {
  const folder = path.join(options.dataDir, 'tls');
  const certFile = path.join(folder, 'cert.pem');
  const keyFile = path.join(folder, 'key.pem');
  const names = namesFor(options.hosts);
  const kept = await readKept(certFile, keyFile, names);
  if (kept) return kept;

  const made = await generate([{ name: 'commonName', value: 'RUI Hub' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // An hour back, for clients whose clock is late.
    notBeforeDate: new Date(Date.now() - 3_600_000),
    notAfterDate: new Date(Date.now() + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (net.isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  // The key first: a certificate without its key is made anew at the next start.
  await writeWhole(keyFile, made.private);
  await writeWhole(certFile, made.cert);
  const { fingerprint256, validToDate } = new X509Certificate(made.cert);
  return {
    cert: made.cert,
    key: made.private,
    fingerprint: fingerprint256,
    validUntil: validToDate,
    selfMade: true,
  };
}
