import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyRoom, HubError, SOCKET_PATH, type Ack } from './contract/index.ts';
import type { Call } from './server/index.ts';
import { signalingRig, specialist, type SignalingRig } from './testing.ts';

let rig: SignalingRig;
beforeAll(async () => {
  rig = await signalingRig();
});
afterAll(() => rig?.close());
beforeEach(() => {
  rig.dispatch = async () => ({});
  rig.disconnected.length = 0;
});

async function socketTo(url: string) {
  const socket = io(url, {
    path: SOCKET_PATH,
    auth: { token: JSON.stringify(specialist) },
    forceNew: true,
    reconnection: false,
    transports: ['websocket'],
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return socket;
}

const joined = (call: Call, roomId: string, mediaSessionId = 'm') => ({
  outcome: 'joined',
  memberId: call.principal.principalId,
  role: 'specialist',
  capabilities: [],
  state: emptyRoom({ roomId, kind: 'consult', title: '', patient: null, openedAtMs: 0 }),
  mediaSessionId,
  mediaKept: false,
  routerRtpCapabilities: {},
  hubMs: Date.now(),
});

describe('a drop', () => {
  it('in the middle of a join leaves no ghost: the home hears of it after it has the member', async () => {
    let letIn = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      rig.dispatch = async (call) => {
        resolve();
        await new Promise<void>((go) => (letIn = go));
        return joined(call, 'room-ghost');
      };
    });
    const socket = await socketTo(rig.url);
    socket.emit('room.join', { roomId: 'room-ghost' }, () => undefined);
    await reached;
    socket.disconnect();
    await vi.waitFor(() => expect(rig.disconnected).toHaveLength(1));
    letIn();
    await vi.waitFor(() => expect(rig.disconnected).toHaveLength(2));
    expect(rig.disconnected.at(-1)?.roomIds).toEqual(['room-ghost']);
  });

  it('is not told to rooms that never let this connection in', async () => {
    rig.dispatch = async () => {
      throw new HubError('forbidden');
    };
    const socket = await socketTo(rig.url);
    for (const roomId of ['room-no-1', 'room-no-2']) {
      expect(await socket.emitWithAck('room.join', { roomId })).toMatchObject({
        error: { code: 'forbidden' },
      });
    }
    socket.disconnect();
    await vi.waitFor(() => expect(rig.disconnected).toHaveLength(1));
    expect(rig.disconnected[0]?.roomIds).toEqual([]);
  });

  it('does not bring back a client that was closed while it waited for the hub', async () => {
    const client = rig.client();
    await vi.waitFor(() => expect(client.status).toBe('online'));
    rig.server.disconnectPrincipal(specialist.principalId);
    await vi.waitFor(() => expect(client.status).toBe('offline'));
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(rig.server.connectionCount()).toBe(0);
  });
});

describe('a client with several addresses of its own', () => {
  it('connects from another one when told to, at once, and is in its room again by itself', async () => {
    let joins = 0;
    rig.dispatch = async (call) => {
      if (call.type !== 'room.join') return { hubMs: Date.now() };
      joins++;
      return joined(call, 'room-carrier');
    };
    const client = rig.client();
    const link = client.joinRoom('room-carrier');
    await vi.waitFor(() => expect(link.phase).toBe('joined'));
    client.connectFrom('127.0.0.2');
    await vi.waitFor(() => expect(joins).toBe(2), { timeout: 5000 });
    expect(rig.cameFrom.at(-1)).toBe('127.0.0.2');
    expect(link.phase).toBe('joined');
    client.connectFrom(null);
    await vi.waitFor(() => expect(joins).toBe(3), { timeout: 5000 });
    expect(rig.cameFrom.at(-1)).toBe('127.0.0.1');
    await link.leave();
    client.close();
  });
});

describe('a join', () => {
  it('is told of lost media even when that happens before its answer is out', async () => {
    rig.dispatch = async (call) => {
      if (call.type !== 'room.join') return {};
      const first = { outcome: joined(call, 'room-media', 'dead') };
      if (joins++ > 0) return joined(call, 'room-media', 'alive');
      const heard = vi.fn();
      const stop = await rig.bus.rooms.watch('room-media', { onEvent: () => undefined, onNotice: heard });
      rig.bus.notifyRoom('room-media', { type: 'media.reset', data: { roomId: 'room-media' } });
      await vi.waitFor(() => expect(heard).toHaveBeenCalled());
      stop();
      return first.outcome;
    };
    let joins = 0;
    const link = rig.client().joinRoom('room-media');
    const sessions: string[] = [];
    link.onJoined(({ mediaSessionId }) => sessions.push(mediaSessionId));
    await vi.waitFor(() => expect(sessions).toEqual(['dead', 'alive']), { timeout: 5000 });
    await link.leave();
  });

  it('is tried again when the room moves to another home meanwhile', async () => {
    let tries = 0;
    rig.dispatch = async (call) => {
      if (call.type === 'room.join' && ++tries === 1) throw new HubError('conflict');
      return joined(call, 'room-moving');
    };
    const link = rig.client().joinRoom('room-moving');
    await vi.waitFor(() => expect(link.phase).toBe('joined'), { timeout: 5000 });
    await link.leave();
  });
});

describe('a flood', () => {
  it('of one connection leaves the others served, and the hub alive after nonsense of every size', async () => {
    rig.dispatch = async (call) => ({ clientMs: (call.data as { clientMs: number }).clientMs, hubMs: 1 });
    const [bad, good] = [await socketTo(rig.url), await socketTo(rig.url)];
    for (const payload of [
      { roomId: 'x'.repeat(1_500_000) },
      '\u0000',
      Number.MAX_VALUE,
      [],
      [[]],
      { __proto__: 1 },
    ]) {
      const ack = (await bad.timeout(3000).emitWithAck('room.leave', payload)) as Ack<unknown>;
      expect(ack.ok).toBe(false);
    }
    for (let i = 0; i < 1500; i++) bad.emit('clock.sync', { clientMs: i }, () => undefined);
    expect(await good.timeout(10_000).emitWithAck('clock.sync', { clientMs: 7 })).toMatchObject({
      ok: true,
      data: { clientMs: 7 },
    });
    bad.close();
    good.close();
  });

  it('of packets that no client would write harms nobody but their sender', async () => {
    const good = await socketTo(rig.url);
    const packets = [
      `420["room.leave",${'['.repeat(500_000)}${']'.repeat(500_000)}]`,
      '42',
      '42{',
      '420["disconnect"]',
      '420[{"a":1},2]',
      '4299999999999999999999["room.leave",{}]',
      '451-["room.leave",{"_placeholder":true,"num":0}]',
      '45999999999-["room.leave",{"_placeholder":true,"num":7}]',
      '43["never asked"]',
      '9',
      '\u0000',
    ];
    for (const packet of packets) {
      const raw = new WebSocket(`${rig.url.replace('http', 'ws')}${SOCKET_PATH}/?EIO=4&transport=websocket`);
      const heard: string[] = [];
      raw.onmessage = ({ data }) => heard.push(String(data));
      await vi.waitFor(() => expect(heard.at(-1)).toMatch(/^0/), { timeout: 10_000 });
      raw.send(`40${JSON.stringify({ token: JSON.stringify(specialist) })}`);
      await vi.waitFor(() => expect(heard.at(-1)).toMatch(/^40/), { timeout: 10_000 });
      raw.send(packet);
      raw.send('421["room.leave",{"roomId":"room-1"}]');
      // Either it is served on, or it was thrown out.
      await vi.waitFor(
        () =>
          expect(
            raw.readyState !== WebSocket.OPEN || heard.some((message) => message.startsWith('431')),
          ).toBe(true),
        { timeout: 10_000 },
      );
      raw.close();
      expect(await good.timeout(3000).emitWithAck('room.leave', { roomId: 'room-1' })).toMatchObject({
        ok: true,
      });
    }
    good.close();
  });

  it.each([
    ['large', `x${'x'.repeat(200_000)}`],
    ['deep', `${'['.repeat(15_000)}${']'.repeat(15_000)}`],
  ])('of %s packets is cut before it costs much', async (_what, text) => {
    const heard: string[] = [];
    const raw = new WebSocket(`${rig.url.replace('http', 'ws')}${SOCKET_PATH}/?EIO=4&transport=websocket`);
    raw.onmessage = ({ data }) => heard.push(String(data));
    await vi.waitFor(() => expect(heard.at(-1)).toMatch(/^0/), { timeout: 10_000 });
    raw.send(`40${JSON.stringify({ token: JSON.stringify(specialist) })}`);
    await vi.waitFor(() => expect(heard.at(-1)).toMatch(/^40/), { timeout: 10_000 });
    const payload = text.startsWith('[') ? text : JSON.stringify(text);
    for (let id = 0; id < 100; id++) raw.send(`42${id}["room.leave",${payload}]`);
    await vi.waitFor(() => expect(raw.readyState).toBe(WebSocket.CLOSED), { timeout: 10_000 });
    expect(heard.filter((message) => message.startsWith('43')).length).toBeLessThan(15);
  });

  it('larger than a frame may be ends that connection only', async () => {
    const [bad, good] = [await socketTo(rig.url), await socketTo(rig.url)];
    bad.emit('room.leave', 'x'.repeat(3_000_000), () => undefined);
    await vi.waitFor(() => expect(bad.connected).toBe(false), { timeout: 5000 });
    expect(await good.timeout(3000).emitWithAck('room.leave', { roomId: 'room-1' })).toMatchObject({
      ok: true,
    });
    good.close();
  });
});
