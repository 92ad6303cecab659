import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoxEnrolment, EnrolmentRequired } from './enrolment.ts';
import { HubApiError } from './hub-api.ts';
import { BoxIdentity } from './identity.ts';
import { boxEnrolSchema, boxTokenProofSchema } from '../../../src/lib/signaling/contract/index.ts';

type Answer = (body: Record<string, unknown>) => { status?: number; body?: unknown; text?: string };

let folder: string;
let server: Server;
let hubUrl: string;
let answers: Record<string, Answer>;
let requests: { path: string; body: Record<string, unknown> }[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-box-'));
  answers = {};
  requests = [];
  server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as Record<string, unknown>;
      requests.push({ path: request.url ?? '', body });
      const answer = answers[request.url ?? '']?.(body) ?? { status: 404 };
      response.statusCode = answer.status ?? 200;
      response.end(answer.text ?? JSON.stringify(answer.body ?? {}));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const enrolment = (code?: string): BoxEnrolment =>
  new BoxEnrolment(BoxIdentity.load(folder), { hubUrl, name: 'Demo box', code });

describe('box identity', () => {
  it('makes a key once, for the box alone', () => {
    const first = BoxIdentity.load(folder).publicKey;
    expect(BoxIdentity.load(folder).publicKey).toBe(first);
    for (const file of readdirSync(folder)) {
      expect(statSync(path.join(folder, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  it('refuses a damaged key instead of becoming another box', () => {
    BoxIdentity.load(folder);
    writeFileSync(path.join(folder, 'box-key.pem'), 'not a key');
    expect(() => BoxIdentity.load(folder)).toThrow();
  });

  it('signs so that the hub can verify with the public key', () => {
    const identity = BoxIdentity.load(folder);
    const proof = identity.proveFor('box_1234', 1_790_000_000_000);
    const key = createPublicKey({
      key: Buffer.from(identity.publicKey, 'base64url'),
      type: 'spki',
      format: 'der',
    });
    const said = Buffer.from(`rui-box-token:v1:box_1234:1790000000000:${proof.nonce}`);
    expect(verify(null, said, key, Buffer.from(proof.signature, 'base64url'))).toBe(true);
    expect(identity.proveFor('box_1234', 1_790_000_000_000).nonce).not.toBe(proof.nonce);
  });
});

describe('box enrolment', () => {
  const enrolled: Answer = () => ({ body: { boxId: 'box_1234' } });
  const token: Answer = () => ({ body: { token: 't', expiresAt: 5 } });

  it('asks for a code when it has none', async () => {
    await expect(enrolment().token(0)).rejects.toBeInstanceOf(EnrolmentRequired);
    expect(requests).toEqual([]);
  });

  it('uses the code once and remembers the enrolment over a restart', async () => {
    answers = { '/api/box/enrol': enrolled, '/api/box/token': token };
    const first = enrolment('one-time-code');
    expect(first.state).toBe('unenrolled');
    expect(await first.token(1.4)).toEqual({ token: 't', expiresAtMs: 5 });
    expect(first.state).toBe('enrolled');
    const second = enrolment('one-time-code');
    expect(second.state).toBe('enrolled');
    await second.token(2);
    expect(requests.map((request) => request.path)).toEqual([
      '/api/box/enrol',
      '/api/box/token',
      '/api/box/token',
    ]);
    // As the hub's own contract wants them.
    expect(boxEnrolSchema.safeParse(requests[0]?.body).success).toBe(true);
    expect(boxTokenProofSchema.safeParse(requests[1]?.body).success).toBe(true);
    expect(requests[0]?.body).toMatchObject({ code: 'one-time-code', name: 'Demo box' });
    expect(requests[1]?.body).toMatchObject({ boxId: 'box_1234', timestampMs: 1 });
  });

  it('says that a person must act when the hub refuses the code, or the box', async () => {
    answers = { '/api/box/enrol': () => ({ status: 403 }) };
    const refused = enrolment('used-up');
    await expect(refused.token(0)).rejects.toBeInstanceOf(EnrolmentRequired);
    expect(refused.state).toBe('refused');
    answers = { '/api/box/enrol': enrolled, '/api/box/token': () => ({ status: 401 }) };
    const revoked = enrolment('fresh');
    await expect(revoked.token(0)).rejects.toBeInstanceOf(EnrolmentRequired);
    expect(revoked.state).toBe('refused');
  });

  it('enrols anew with a fresh code when the hub no longer knows it, and tries a code only once', async () => {
    answers = { '/api/box/enrol': enrolled, '/api/box/token': token };
    await enrolment('first-code').token(0);
    answers['/api/box/enrol'] = () => ({ body: { boxId: 'box_new_1' } });
    answers['/api/box/token'] = ({ boxId }) =>
      boxId === 'box_new_1' ? { body: { token: 'new', expiresAt: 9 } } : { status: 401 };
    expect(await enrolment('second-code').token(0)).toMatchObject({ token: 'new' });

    answers = { '/api/box/enrol': () => ({ status: 410 }), '/api/box/token': () => ({ status: 401 }) };
    requests = [];
    const box = enrolment('spent-code');
    await expect(box.token(0)).rejects.toBeInstanceOf(EnrolmentRequired);
    await expect(box.token(0)).rejects.toBeInstanceOf(EnrolmentRequired);
    expect(requests.filter((request) => request.path === '/api/box/enrol').length).toBe(1);
  });

  it.each([
    ['is busy', { status: 503 }],
    ['answers no JSON', { text: '<html>' }],
  ])('keeps its code for later when the hub %s', async (_, answer) => {
    answers = { '/api/box/enrol': () => answer };
    const box = enrolment('one-time-code');
    await expect(box.token(0)).rejects.toMatchObject({ reason: 'unreachable' });
    expect(box.state).not.toBe('refused');
    answers = { '/api/box/enrol': enrolled, '/api/box/token': token };
    await box.token(0);
    expect(box.state).toBe('enrolled');
  });

  it('says unreachable when nobody listens', async () => {
    const box = new BoxEnrolment(BoxIdentity.load(folder), {
      hubUrl: 'http://127.0.0.1:1',
      name: 'x',
      code: 'c',
    });
    await expect(box.token(0)).rejects.toBeInstanceOf(HubApiError);
  });
});
