import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CertificateError, ensureCertificate, readCertificate } from './index.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'rui-tls-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(dataDir, { recursive: true });
});

const inFolder = (file: string) => path.join(dataDir, file);

describe('the self-made certificate', () => {
  it('is good for a TLS connection to each of its names', async () => {
    const { cert, key } = await ensureCertificate({
      dataDir,
      hosts: ['192.0.2.7', 'hub.example.org', '0.0.0.0'],
    });
    const server = tls.createServer({ cert, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      for (const name of ['localhost', '127.0.0.1', '192.0.2.7', 'hub.example.org']) {
        // `ca` makes it trusted, so what is left to fail is the name.
        const client = tls.connect({
          host: '127.0.0.1',
          port,
          ca: cert,
          checkServerIdentity: (_, peer) => tls.checkServerIdentity(name, peer),
        });
        await once(client, 'secureConnect');
        client.destroy();
      }
      expect(new X509Certificate(cert).checkHost('elsewhere.example.org')).toBeUndefined();
      expect(new X509Certificate(cert).subjectAltName).not.toContain('0.0.0.0');
    } finally {
      server.close();
    }
  });

  it('is kept, with a key that only its owner may read', async () => {
    const first = await ensureCertificate({ dataDir, hosts: [] });
    const second = await ensureCertificate({ dataDir, hosts: [] });
    expect(second).toEqual(first);
    expect((await stat(inFolder('tls/key.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(inFolder('tls'))).mode & 0o777).toBe(0o700);
  });

  it('is made anew for a new address, before it ends, and when it is broken', async () => {
    const first = await ensureCertificate({ dataDir, hosts: [] });
    const wider = await ensureCertificate({ dataDir, hosts: ['192.0.2.7'] });
    expect(wider.fingerprint).not.toBe(first.fingerprint);

    vi.useFakeTimers({ now: wider.validUntil.getTime() - 29 * 86_400_000, toFake: ['Date'] });
    const renewed = await ensureCertificate({ dataDir, hosts: ['192.0.2.7'] });
    expect(renewed.validUntil.getTime()).toBeGreaterThan(wider.validUntil.getTime());
    vi.useRealTimers();

    await writeFile(inFolder('tls/key.pem'), 'cut sho');
    const repaired = await ensureCertificate({ dataDir, hosts: ['192.0.2.7'] });
    expect(repaired.fingerprint).not.toBe(renewed.fingerprint);
  });
});

describe('a given certificate', () => {
  const given = () =>
    readCertificate({ certFile: inFolder('tls/cert.pem'), keyFile: inFolder('tls/key.pem') });

  it('is read and checked', async () => {
    const made = await ensureCertificate({ dataDir, hosts: [] });
    expect(await given()).toEqual({ ...made, selfMade: false });
  });

  it('is refused with the reason', async () => {
    await expect(given()).rejects.toThrow(CertificateError);
    await expect(given()).rejects.toThrow(/TLS_CERT: cannot read .*cert\.pem \(ENOENT\)/);

    const { key, validUntil } = await ensureCertificate({ dataDir, hosts: [] });
    await ensureCertificate({ dataDir, hosts: ['192.0.2.7'] });
    await writeFile(inFolder('tls/key.pem'), key);
    await expect(given()).rejects.toThrow(/is not the key of the certificate/);

    await writeFile(inFolder('tls/key.pem'), 'no key');
    await expect(given()).rejects.toThrow(/holds no PEM private key/);

    await ensureCertificate({ dataDir, hosts: [] });
    vi.useFakeTimers({ now: validUntil.getTime() + 86_400_000, toFake: ['Date'] });
    await expect(given()).rejects.toThrow(/ended on/);

    await writeFile(inFolder('tls/cert.pem'), 'no certificate');
    await expect(given()).rejects.toThrow(/holds no PEM certificate/);
  });
});
