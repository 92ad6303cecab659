import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterEach, expect, it, vi } from 'vitest';
import { BoxClock } from '../clock.ts';
import { MqttSource } from './mqtt-source.ts';
import { KeptVitals, wearableMessage } from './testing.ts';

const PASSWORD = 'of-the-clinic';

/** A real broker that asks for a password. */
class Broker {
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  port = 0;

  async open(): Promise<void> {
    const aedes = await Aedes.createBroker({
      authenticate: (_client, _user, password, done) => done(null, password?.toString() === PASSWORD),
    });
    this.#aedes = aedes;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
    await new Promise<void>((resolve) => this.#aedes?.close(resolve));
  }

  async publish(topic: string, message: string): Promise<void> {
    const client = await connectAsync(`mqtt://127.0.0.1:${this.port}`, {
      username: 'watch',
      password: PASSWORD,
    });
    await client.publishAsync(topic, message, { qos: 1 });
    await client.endAsync();
  }
}

const broker = new Broker();
let source: MqttSource | undefined;
afterEach(async () => {
  await source?.stop();
  await broker.close();
});

function begin(password: string): KeptVitals {
  const kept = new KeptVitals();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  source = new MqttSource(
    { kind: 'mqtt', id: 'watch', url, topic: 'ruiwatch/vitals', user: 'box', password },
    new BoxClock(),
  );
  source.start(kept);
  return kept;
}

it('hears a wearable through a broker, and again after the broker was away', async () => {
  await broker.open();
  const kept = begin(PASSWORD);
  await vi.waitFor(async () => {
    await broker.publish('ruiwatch/vitals', 'garbage');
    expect(kept.rejections).toContain('garbage');
  });
  await broker.publish('ruiwatch/vitals', wearableMessage(1));
  await broker.publish('ruiwatch/other', wearableMessage(2));
  await vi.waitFor(() => expect(kept.values('spo2')).toEqual([97.5]));
  expect(source?.state).toBe('ok');
  await broker.close();
  await vi.waitFor(() => expect(source?.state).toBe('absent'));
  await broker.open();
  await vi.waitFor(
    async () => {
      await broker.publish('ruiwatch/vitals', wearableMessage(3));
      expect(kept.values('spo2')).toEqual([97.5, 97.5]);
    },
    { timeout: 20_000, interval: 250 },
  );
  expect(kept.lostMessages).toBe(1);
});

it('says when the broker refuses it', async () => {
  await broker.open();
  begin('wrong-password');
  await vi.waitFor(() => expect(source).toMatchObject({ state: 'refused', detail: 'login-refused' }), {
    timeout: 10_000,
  });
});
