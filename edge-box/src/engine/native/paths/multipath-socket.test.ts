import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { types } from 'mediasoup';
import { BareHub } from '../../testing/bare-hub.ts';
import { MultipathSocket } from './multipath-socket.ts';
import { buildCheck, readAnswer } from './stun.ts';

/** The ICE server of a real mediasoup worker judges our checks. */
describe('multipath socket', { timeout: 30_000 }, () => {
  const closers: (() => void)[] = [];
  afterEach(() => closers.splice(0).forEach((close) => close()));

  async function hubTransport(): Promise<types.WebRtcTransport> {
    const hub = await BareHub.start();
    closers.push(() => hub.close());
    return hub.createTransport();
  }

  async function open(transport: types.WebRtcTransport, events: { alive?: () => void } = {}) {
    const [candidate] = transport.iceCandidates;
    const { usernameFragment, password } = transport.iceParameters;
    const socket = await MultipathSocket.open({
      hubs: [{ address: '127.0.0.1', port: candidate?.port ?? 0 }],
      credentials: { localUfrag: 'boxy', hubUfrag: usernameFragment, hubPassword: password },
      interfaces: [],
      now: () => performance.now(),
      alive: events.alive ?? (() => undefined),
      moved: () => undefined,
    });
    closers.push(() => socket.close());
    return socket;
  }

  it('finds the path, nominates it, and knows its round trip', async () => {
    const transport = await hubTransport();
    const alive = vi.fn();
    const socket = await open(transport, { alive });
    await vi.waitFor(() => expect(transport.iceState).toBe('completed'), { timeout: 10_000 });
    await vi.waitFor(() => expect(alive).toHaveBeenCalled(), { timeout: 10_000 });
    expect(socket.paths()).toEqual([
      { name: 'any', active: true, rttMs: expect.any(Number), lossPart: null },
    ]);
  });

  it('carries the stack’s own packets both ways', async () => {
    const transport = await hubTransport();
    const socket = await open(transport);
    const stack = createSocket('udp4');
    closers.push(() => stack.close());
    const { usernameFragment: hubUfrag, password: hubPassword } = transport.iceParameters;
    const transactionId = randomBytes(12);
    const answered = new Promise<Buffer>((resolve) => stack.on('message', resolve));
    const request = buildCheck({
      transactionId,
      credentials: { localUfrag: 'stck', hubUfrag, hubPassword },
      nominate: true,
      priority: 1,
      tieBreaker: 1n,
    });
    stack.send(request, socket.stackSide.port, socket.stackSide.address);
    expect(readAnswer(await answered)?.transactionId).toBe(transactionId.toString('latin1'));
  });

  it('is not answered with another password', async () => {
    const transport = await hubTransport();
    const stranger = createSocket('udp4');
    closers.push(() => stranger.close());
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve));
    const answers: Buffer[] = [];
    stranger.on('message', (data) => answers.push(data));
    const check = (hubPassword: string): Buffer =>
      buildCheck({
        transactionId: randomBytes(12),
        credentials: { localUfrag: 'boxy', hubUfrag: transport.iceParameters.usernameFragment, hubPassword },
        nominate: true,
        priority: 1,
        tieBreaker: 1n,
      });
    const port = transport.iceCandidates[0]?.port ?? 0;
    stranger.send(check('wrong'), port, '127.0.0.1');
    stranger.send(check(transport.iceParameters.password), port, '127.0.0.1');
    await vi.waitFor(() => expect(answers.some((data) => readAnswer(data) !== null)).toBe(true), {
      timeout: 10_000,
    });
    expect(answers.filter((data) => readAnswer(data) !== null)).toHaveLength(1);
    expect((stranger.address() as AddressInfo).port).toBe(transport.iceSelectedTuple?.remotePort);
  });

  it('reads nothing into what is no answer', () => {
    for (const data of [Buffer.alloc(0), Buffer.alloc(19), randomBytes(64), Buffer.alloc(200, 1)])
      expect(readAnswer(data)).toBeNull();
  });
});
