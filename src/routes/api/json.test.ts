import { expect, it } from 'vitest';
import { HubError } from '../../lib/signaling/contract/errors.ts';
import { loginSchema, MAX_REST_BYTES } from '../../lib/signaling/contract/rest.ts';
import { answering, readBytes, readJson } from './json.ts';

const url = new URL('https://hub.example/api/session');
const good = { username: ' Wang ', password: ' secret ' };

async function send(
  body: BodyInit,
  {
    from = 'own pages' as 'own pages' | 'anywhere',
    ...headers
  }: Record<string, string> & { from?: 'own pages' | 'anywhere' } = {},
): Promise<{ status: number; body: unknown }> {
  const request = new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url.origin, ...headers },
    body,
  });
  const response = await answering(() => readJson({ request, url }, loginSchema, from));
  return { status: response.status, body: await response.json() };
}
const refused = (code: string) => ({ error: expect.objectContaining({ code }) as unknown });

it('gives the parsed body to the one who asked from a page of the hub', async () => {
  expect(await send(JSON.stringify(good))).toEqual({
    status: 200,
    body: { username: 'wang', password: ' secret ' },
  });
  expect(
    await send(JSON.stringify(good), { 'content-type': 'Application/JSON; charset=utf-8' }),
  ).toMatchObject({
    status: 200,
  });
});

it('refuses what another site can make a browser send', async () => {
  const body = JSON.stringify(good);
  for (const origin of [
    'https://evil.example',
    'http://hub.example',
    'https://hub.example.evil',
    'null',
    '',
  ]) {
    expect(await send(body, { origin }), origin).toEqual({ status: 403, body: refused('forbidden') });
  }
  for (const contentType of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'text/plain;application/json',
  ]) {
    expect(await send(body, { 'content-type': contentType }), contentType).toEqual({
      status: 400,
      body: refused('invalid_message'),
    });
  }
  expect(await send(body, { from: 'anywhere', origin: 'https://elsewhere.example' })).toMatchObject({
    status: 200,
  });
});

it('refuses malformed, unknown and oversized bodies with a typed error', async () => {
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"username":"wang"}',
    JSON.stringify({ ...good, admin: true }),
  ]) {
    expect(await send(body), body).toEqual({ status: 400, body: refused('invalid_message') });
  }
  const long = JSON.stringify({ ...good, password: 'x'.repeat(MAX_REST_BYTES) });
  expect(await send(long)).toEqual({ status: 413, body: refused('message_too_large') });
});

it('tells refusals and leaves failures to the error page', async () => {
  const of = (error: Error) => answering(() => Promise.reject(error));
  expect((await of(new HubError('rate_limited'))).status).toBe(429);
  expect((await of(new HubError('unavailable'))).status).toBe(503);
  // Pages are bundled and the hub is not, so the class may be another one of the same name.
  class HubErrorOfTheHub extends Error {
    override name = 'HubError';
    code = 'expired';
  }
  expect((await of(new HubErrorOfTheHub('used up'))).status).toBe(410);
  await expect(of(new TypeError('secret detail'))).rejects.toThrow(TypeError);
});

it('takes a body that breaks off for a refusal, not for a failure of its own', async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    pull: (controller) => controller.error(new Error('aborted')),
  });
  const request = new Request('https://hub.example', { method: 'POST', body, duplex: 'half' } as RequestInit);
  const answer = await answering(async () => ({ read: await readBytes(request, 100) }));
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual(refused('invalid_message'));
});
