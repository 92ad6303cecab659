import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../clock.ts';
import { HttpSource } from './http-source.ts';
import { KeptVitals, wearableMessage } from './testing.ts';

const TOKEN = 'a-token-of-the-clinic';
let source: HttpSource;
let kept: KeptVitals;

const configOn = (port: number) =>
  ({ kind: 'http', id: 'watch', address: '127.0.0.1', port, token: TOKEN }) as const;

beforeEach(async () => {
  kept = new KeptVitals();
  source = new HttpSource(configOn(0), new BoxClock());
  source.start(kept);
  await vi.waitFor(() => expect(source.port).toBeDefined());
});
afterEach(() => source.stop());

const post = (
  body: string,
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
  path = '/vitals',
) => fetch(`http://127.0.0.1:${source.port}${path}`, { method: 'POST', body, headers });

describe('a wearable that posts', () => {
  it('is heard', async () => {
    expect((await post(wearableMessage(1))).status).toBe(204);
    expect(kept.values('heart-rate')).toEqual([72]);
    expect(kept.values('pulse-wave')).toEqual([0, 0.5, 1]);
    expect(source.state).toBe('ok');
  });

  it('may send a message again when it did not hear the answer', async () => {
    await post(wearableMessage(1));
    expect((await post(wearableMessage(1))).status).toBe(204);
    expect(kept.values('heart-rate')).toEqual([72]);
  });

  it.each([
    ['no token', () => post(wearableMessage(1), {}), 401],
    ['a wrong token', () => post(wearableMessage(1), { authorization: 'Bearer a-token-of-another' }), 401],
    ['another path', () => post(wearableMessage(1), undefined, '/'), 404],
    ['GET', () => fetch(`http://127.0.0.1:${source.port}/vitals`), 405],
    ['garbage', () => post('<xml/>'), 400],
    ['a message of another kind', () => post('{"v":9}'), 422],
    ['too much', () => post('x'.repeat(300_000)), 413],
  ])('is told what is wrong with %s', async (_, send, status) => {
    expect((await send()).status).toBe(status);
    expect(kept.measurements).toEqual([]);
  });

  it('that breaks off in the middle costs nothing', async () => {
    const socket = connect(source.port ?? 0, '127.0.0.1');
    socket.write(
      `POST /vitals HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 900\r\n\r\n{"v":1`,
    );
    await new Promise((resolve) => socket.once('ready', resolve));
    socket.destroy();
    expect((await post(wearableMessage(1))).status).toBe(204);
  });
});

it('says when its port is taken', async () => {
  const other = new HttpSource(configOn(source.port ?? 0), new BoxClock());
  other.start(new KeptVitals());
  await vi.waitFor(() => expect(other).toMatchObject({ state: 'refused', detail: 'port-in-use' }));
  await other.stop();
});
