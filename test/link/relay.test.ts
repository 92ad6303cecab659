import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../../edge-box/src/clock.ts';
import { linkState } from './link-state.ts';
import { Relay } from './relay.ts';
import type { LinkSample } from './relay-protocol.ts';

interface Heard {
  text: string;
  port: number;
  atMs: number;
}

/** A socket that notes what it hears. */
async function listener(): Promise<{ socket: Socket; port: number; heard: Heard[] }> {
  const socket = createSocket('udp4');
  const heard: Heard[] = [];
  socket.on('message', (data, { port }) =>
    heard.push({ text: data.toString(), port, atMs: performance.now() }),
  );
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port, heard };
}

describe('relay', () => {
  let relay: Relay;
  let hub: Awaited<ReturnType<typeof listener>>;
  let box: Awaited<ReturnType<typeof listener>>;
  let way: number;

  const open = async (link = linkState()): Promise<void> => {
    relay = Relay.start({ seed: 1, link, clock: new BoxClock() });
    way = await relay.port(hub.port);
  };
  const up = (text: string) => box.socket.send(text, way, '127.0.0.1');
  const down = (text: string, port = hub.heard.at(-1)!.port) => hub.socket.send(text, port, '127.0.0.1');
  const sampled = (): LinkSample[] => {
    const samples: LinkSample[] = [];
    relay.onSamples((batch) => samples.push(...batch));
    return samples;
  };
  /** Until the relay has got so many packets of the box; what it delays by more than half a second is under way then. */
  const taken = (samples: LinkSample[], count: number) =>
    vi.waitFor(() => expect(samples.reduce((sum, { packets }) => sum + packets, 0)).toBe(count), {
      timeout: 5_000,
      interval: 5,
    });
  const hears = (who: typeof hub, text: string) =>
    vi.waitFor(() => expect(who.heard.map((one) => one.text)).toContain(text), {
      timeout: 5_000,
      interval: 5,
    });

  beforeEach(async () => {
    [hub, box] = await Promise.all([listener(), listener()]);
  });
  afterEach(async () => {
    hub.socket.close();
    box.socket.close();
    await relay.close();
  });

  it('carries both ways, for each address by a port of its own', async () => {
    await open();
    const other = await listener();
    up('from box');
    await hears(hub, 'from box');
    other.socket.send('from other', way, '127.0.0.1');
    await hears(hub, 'from other');
    const [first, second] = hub.heard;
    expect(first!.port).not.toBe(second!.port);
    down('to box', first!.port);
    down('to other', second!.port);
    await Promise.all([hears(box, 'to box'), hears(other, 'to other')]);
    expect(box.heard).toHaveLength(1);
    other.socket.close();
  });

  it('rewrites the candidates of a transport to its own ports, and keeps none that would go round it', async () => {
    await open();
    const candidate = {
      foundation: 'udp',
      priority: 1,
      ip: '127.0.0.1',
      protocol: 'udp' as const,
      type: 'host',
    };
    const { id, iceCandidates } = await relay.reroute({
      id: 'transport',
      iceParameters: { usernameFragment: '', password: '' },
      iceCandidates: [
        { ...candidate, port: hub.port },
        { ...candidate, protocol: 'tcp', port: hub.port },
      ],
      dtlsParameters: { fingerprints: [] },
    });
    expect(id).toBe('transport');
    expect(iceCandidates).toEqual([{ ...candidate, port: way }]);
  });

  it('takes the time that was asked for, each way', async () => {
    await open(linkState({}, { delayMs: 60 }, { delayMs: 120 }));
    const sentMs = performance.now();
    up('ping');
    await hears(hub, 'ping');
    down('pong');
    const answeredMs = performance.now();
    await hears(box, 'pong');
    expect(hub.heard[0]!.atMs - sentMs).toBeGreaterThan(59);
    expect(box.heard[0]!.atMs - answeredMs).toBeGreaterThan(119);
    // Generous: other work may delay both ends.
    expect(box.heard[0]!.atMs - sentMs).toBeLessThan(800);
  });

  it('passes nothing while down, and again afterwards', async () => {
    await open(linkState({ down: true }));
    const samples = sampled();
    up('lost');
    await vi.waitFor(() => expect(samples.some(({ lost }) => lost === 1)).toBe(true), { timeout: 5_000 });
    relay.link = linkState();
    await vi.waitFor(
      () => {
        up('arrives');
        expect(hub.heard.at(-1)?.text).toBe('arrives');
      },
      { timeout: 5_000, interval: 20 },
    );
    expect(hub.heard.map(({ text }) => text)).not.toContain('lost');
  });

  it('shows the hub another port after a rebind, and what was under way arrives', async () => {
    await open(linkState({ delayMs: 600 }));
    const samples = sampled();
    up('before');
    await hears(hub, 'before');
    const oldPort = hub.heard[0]!.port;
    down('under way down');
    up('under way up');
    await taken(samples, 2);
    relay.rebind();
    await Promise.all([hears(hub, 'under way up'), hears(box, 'under way down')]);
    expect(hub.heard.at(-1)!.port).not.toBe(oldPort);
    down('to the old port', oldPort);
    down('to the new port');
    await hears(box, 'to the new port');
    expect(box.heard.map(({ text }) => text)).not.toContain('to the old port');
  });

  it('loses what was under way when the path moves, and goes on by another port with another delay', async () => {
    await open(linkState({ delayMs: 600 }));
    const samples = sampled();
    up('before');
    await hears(hub, 'before');
    const oldPort = hub.heard[0]!.port;
    up('under way');
    await taken(samples, 2);
    relay.movePath({ delayMs: 10 });
    await vi.waitFor(
      async () => {
        up('after');
        await sleep(15);
        expect(hub.heard.at(-1)!.text).toBe('after');
      },
      { timeout: 5_000, interval: 5 },
    );
    expect(hub.heard.at(-1)!.port).not.toBe(oldPort);
    await sleep(650);
    expect(hub.heard.map(({ text }) => text)).not.toContain('under way');
    expect(relay.link.up.delayMs).toBe(10);
  });

  it('tells what was offered, whatever became of it', async () => {
    await open(linkState({}, { lossPart: 1 }));
    const samples = sampled();
    for (let i = 0; i < 10; i++) up('0123456789');
    const sum = (key: 'bytes' | 'packets' | 'lost') =>
      samples.reduce((total, sample) => total + sample[key], 0);
    await vi.waitFor(() => expect(sum('packets')).toBe(10), { timeout: 5_000 });
    expect(sum('bytes')).toBe(100);
    expect(sum('lost')).toBe(10);
  });
});
