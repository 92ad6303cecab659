import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  emptyRoom,
  applyEvent,
  SOCKET_PATH,
  type Ack,
  type RoomEvent,
  type RoomState,
  HubError,
} from './contract/index.ts';
import type { Lease } from './bus/index.ts';
import type { SignalingClient } from './client/index.ts';
import type { Call } from './server/index.ts';
import { signalingRig, specialist, type SignalingRig } from './testing.ts';

let rig: SignalingRig;
beforeAll(async () => {
  rig = await signalingRig();
});
afterAll(() => rig?.close());
beforeEach(() => {
  rig.dispatch = async () => ({});
});

async function online(client: SignalingClient): Promise<SignalingClient> {
  await vi.waitFor(() => expect(client.status).toBe('online'), { timeout: 10_000 });
  return client;
}

/** A socket that may say anything. */
async function rawSocket(
  auth: object = { token: JSON.stringify(specialist) },
  extraHeaders: Record<string, string> = {},
) {
  const socket = io(rig.url, {
    path: SOCKET_PATH,
    auth,
    extraHeaders,
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

describe('handshake', () => {
  it('refuses who is not authenticated, by code', async () => {
    await expect(rawSocket({})).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
  });

  it('refuses a cookie that another site brings along', async () => {
    await expect(rawSocket({}, { origin: 'https://evil.example' })).rejects.toMatchObject({
      data: { code: 'forbidden' },
    });
  });
});

describe('bad messages', () => {
  it.each([
    ['an unknown name', 'room.explode', { roomId: 'room-1' }, 'unknown_message'],
    ['a name of every object', 'constructor', {}, 'unknown_message'],
    ['the wrong shape', 'chat.send', { roomId: 'room-1' }, 'invalid_message'],
    ['a field too many', 'room.leave', { roomId: 'room-1', admin: true }, 'invalid_message'],
    ['an id that is a path', 'room.leave', { roomId: '../../etc/passwd' }, 'invalid_message'],
    ['no object at all', 'room.leave', null, 'invalid_message'],
    [
      '1 MB of chat',
      'chat.send',
      { roomId: 'room-1', messageId: crypto.randomUUID(), text: 'x'.repeat(1_000_000) },
      'message_too_large',
    ],
    [
      'an empty list of fingerprints',
      'media.connectTransport',
      { roomId: 'room-1', transportId: crypto.randomUUID(), dtlsParameters: { fingerprints: [] } },
      'invalid_message',
    ],
    ['a hub capability that the role lacks', 'box.hello', { version: '1' }, 'forbidden'],
  ])('%s gets a typed error and reaches nobody', async (_what, type, payload, code) => {
    const dispatch = vi.fn(async () => ({}));
    rig.dispatch = dispatch;
    const socket = await rawSocket();
    const ack = (await socket.timeout(2000).emitWithAck(type, payload)) as Ack<unknown>;
    expect(ack).toMatchObject({ ok: false, error: { code } });
    expect(dispatch).not.toHaveBeenCalled();
    socket.close();
  });

  it('survives messages without acknowledgement, with several payloads and with binary', async () => {
    const socket = await rawSocket();
    socket.emit('room.leave', { roomId: 'room-1' });
    socket.emit('room.leave');
    const several = (await socket.timeout(2000).emitWithAck('room.leave', {}, {})) as Ack<unknown>;
    expect(several).toMatchObject({ ok: false, error: { code: 'invalid_message' } });
    const binary = (await socket.timeout(2000).emitWithAck('room.leave', Buffer.alloc(100))) as Ack<unknown>;
    expect(binary).toMatchObject({ ok: false, error: { code: 'invalid_message' } });
    expect(await socket.timeout(2000).emitWithAck('room.leave', { roomId: 'room-1' })).toEqual({
      ok: true,
      data: {},
    });
    socket.close();
  });

  it('limits a flood, lets the others through, and ends a connection that does not stop', async () => {
    const socket = await rawSocket();
    const send = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () =>
          socket
            .timeout(5000)
            .emitWithAck('hand.raise', { roomId: 'room-1', raised: true })
            .catch(() => null),
        ),
      ) as Promise<(Ack<unknown> | null)[]>;
    const first = await send(1000);
    expect(first.filter((ack) => ack?.ok).length).toBeLessThan(100);
    expect(first.find((ack) => ack && !ack.ok)).toMatchObject({ error: { code: 'rate_limited' } });
    expect(await socket.timeout(2000).emitWithAck('room.leave', { roomId: 'room-1' })).toMatchObject({
      ok: true,
    });
    await send(2000);
    await vi.waitFor(() => expect(socket.connected).toBe(false));
  });

  it('tells what failed inside by reference only', async () => {
    rig.dispatch = async () => {
      throw new Error('password is 1234');
    };
    const socket = await rawSocket();
    const ack = (await socket.timeout(2000).emitWithAck('room.leave', { roomId: 'room-1' })) as {
      ok: false;
      error: { code: string; message: string };
    };
    expect(ack.error.code).toBe('internal');
    expect(ack.error.message).toMatch(/^reference [0-9a-f]{8}$/);
    socket.close();
  });
});

/** The smallest home: keeps a state, joins everybody, logs what tests make happen. */
function home(roomId: string) {
  let state: RoomState = emptyRoom({ roomId, kind: 'consult', title: '会诊', patient: null, openedAtMs: 0 });
  let lease: Lease | undefined;
  const happen = async (memberId: string) => {
    if (!lease) {
      const claim = await rig.bus.leases.claim(roomId);
      if (!('lease' in claim)) throw new Error('not claimed');
      lease = claim.lease;
    }
    const happening = {
      seq: state.seq + 1,
      atMs: 1,
      type: 'hand.raised',
      data: { memberId, raised: true },
    } as const;
    await rig.bus.log.append(lease, happening);
    state = applyEvent(state, { roomId, epoch: lease.epoch, ...happening } as RoomEvent);
  };
  const dispatch = async (call: Call): Promise<unknown> => {
    if (call.type === 'room.sync') {
      const { sinceSeq } = call.data as { sinceSeq: number };
      const events = await rig.bus.log.readSince(roomId, sinceSeq);
      return events === 'trimmed' ? { outcome: 'state', state } : { outcome: 'events', events };
    }
    if (call.type !== 'room.join') return {};
    return {
      outcome: 'joined',
      memberId: call.principal.principalId,
      role: 'specialist',
      capabilities: [],
      state,
      mediaSessionId: 'm',
      mediaKept: false,
      routerRtpCapabilities: {},
      hubMs: Date.now(),
    };
  };
  return { happen, dispatch, state: () => state };
}

describe('a room link', () => {
  it('misses nothing between the state in the answer and the first event', async () => {
    const { happen, dispatch, state } = home('room-between');
    rig.dispatch = async (call) => {
      const answer = await dispatch(call);
      // The answer has its state already; these come before it is out.
      if (call.type === 'room.join') for (let i = 0; i < 5; i++) await happen('a_test');
      return answer;
    };
    const client = await online(rig.client());
    const link = client.joinRoom('room-between');
    await vi.waitFor(() => expect(link.state?.seq).toBe(5));
    await happen('a_test');
    await vi.waitFor(() => expect(link.state).toEqual(state()));
  });

  it('is whole again after a drop with events meanwhile, without being asked', async () => {
    const { happen, dispatch, state } = home('room-drop');
    rig.dispatch = dispatch;
    const client = await online(rig.client());
    const link = client.joinRoom('room-drop');
    await vi.waitFor(() => expect(link.phase).toBe('joined'));
    await happen('a_test');
    const restart = rig.restartHttp(1000);
    for (let i = 0; i < 20; i++) await happen('a_test');
    await restart;
    await vi.waitFor(() => expect(link.state).toEqual(state()), { timeout: 10_000 });
    await happen('a_test');
    await vi.waitFor(() => expect(link.state?.seq).toBe(22));
  });

  it('tries again when the hub says "not now", and stops when it says no', async () => {
    const { dispatch } = home('room-retry');
    let tries = 0;
    rig.dispatch = async (call) => {
      if (++tries < 3) throw new HubError('unavailable');
      return dispatch(call);
    };
    const client = await online(rig.client());
    const link = client.joinRoom('room-retry');
    await vi.waitFor(() => expect(link.phase).toBe('joined'), { timeout: 5000 });
    rig.dispatch = async () => {
      throw new HubError('forbidden');
    };
    const refused = client.joinRoom('room-other');
    const phases: unknown[] = [];
    refused.onPhase((phase, detail) => phases.push([phase, detail?.error?.code]));
    await vi.waitFor(() => expect(phases.at(-1)).toEqual(['failed', 'forbidden']));
  });

  it('tells the home which rooms a closed connection was in', async () => {
    const { dispatch } = home('room-gone');
    rig.dispatch = dispatch;
    const client = await online(rig.client());
    const link = client.joinRoom('room-gone');
    await vi.waitFor(() => expect(link.phase).toBe('joined'));
    client.close();
    await vi.waitFor(() =>
      expect(rig.disconnected.some(({ roomIds }) => roomIds.includes('room-gone'))).toBe(true),
    );
  });
});

describe('the hub clock', () => {
  it('is known within the round trip', async () => {
    rig.dispatch = async (call) => ({
      clientMs: (call.data as { clientMs: number }).clientMs,
      hubMs: Date.now() + 5000,
    });
    const client = await online(rig.client());
    await vi.waitFor(() => expect(client.clock.rttMs).not.toBeNull());
    expect(Math.abs(client.clock.hubNowMs() - (Date.now() + 5000))).toBeLessThan(50);
  });
});
