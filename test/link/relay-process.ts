import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { BoxClock } from '../../edge-box/src/clock.ts';
import { LinkDirection } from './link-direction.ts';
import { SAMPLE_MS } from './relay-protocol.ts';
import type { FromRelay, LinkSample, ToRelay } from './relay-protocol.ts';

/**
 * The relay's own process, so that nobody else's work delays packets. In front a port for each of the hub's, and as a NAT does,
 * behind it a socket towards the hub for each address that sends to it.
 */
const HOST = '127.0.0.1';
const MOVE_GAP_MS = 50;
/** Of a nap between two looks at the clock: Node's timers know whole milliseconds only. */
const NAP_MS = 0.1;
/** What receiving and sending themselves take, measured; a packet is sent so much before it is due. */
const OWN_MS = 0.2;
const SAMPLES_A_MESSAGE = 5;

interface Flow {
  near: Socket;
  /** Who sends: a browser may do so from any address of this machine. */
  sender: { address: string; port: number };
  hubPort: number;
  far: Socket;
}

interface Packet {
  data: Buffer;
  flow: Flow;
}

const send = (message: FromRelay): void => {
  if (process.connected) process.send?.(message);
};

class RelayProcess {
  readonly #clock: BoxClock;
  readonly #up: LinkDirection<Packet>;
  readonly #down: LinkDirection<Packet>;
  readonly #flows = new Map<string, Flow>();
  readonly #nap = new Int32Array(new SharedArrayBuffer(4));
  /** How late this process was at worst since the last sample. */
  #latestMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor({ seed, clock, link }: Extract<ToRelay, { type: 'start' }>) {
    this.#clock = new BoxClock(clock);
    this.#up = new LinkDirection(seed, link.up);
    this.#down = new LinkDirection(seed ^ 0x5bd1e995, link.down);
    this.#sampleForever();
  }

  async handle(message: ToRelay): Promise<void> {
    if (message.type === 'open') await this.#open(message.hubPort);
    else if (message.type === 'link') this.#change(message.link.up, message.link.down);
    else if (message.type === 'rebind') this.#rebind();
    else if (message.type === 'move') this.#move(message.delayMs);
  }

  async #open(hubPort: number): Promise<void> {
    const near = createSocket('udp4');
    near.on('message', (data, sender) => {
      const nowMs = this.#clock.nowMs();
      this.#up.offer({ data, flow: this.#flow(near, sender, hubPort) }, data.length, nowMs);
      this.#pump();
    });
    near.bind(0, HOST);
    await once(near, 'listening');
    send({ type: 'opened', hubPort, port: near.address().port });
  }

  #flow(near: Socket, sender: Flow['sender'], hubPort: number): Flow {
    const key = `${sender.address} ${sender.port} ${hubPort}`;
    let flow = this.#flows.get(key);
    if (!flow) {
      flow = { near, sender, hubPort, far: createSocket('udp4') };
      this.#flows.set(key, flow);
      this.#listen(flow);
    }
    return flow;
  }

  #listen(flow: Flow): void {
    flow.far.on('message', (data, { port }) => {
      if (port !== flow.hubPort) return;
      this.#down.offer({ data, flow }, data.length, this.#clock.nowMs());
      this.#pump();
    });
    flow.far.bind(0, HOST);
  }

  /** What is under way goes on: up by the new port, down to who waits for it. What the hub still sends to the old port is lost. */
  #rebind(): void {
    for (const flow of this.#flows.values()) {
      flow.far.close();
      flow.far = createSocket('udp4');
      this.#listen(flow);
    }
  }

  #move(delayMs: number): void {
    const { state: up } = this.#up;
    const { state: down } = this.#down;
    this.#up.lose();
    this.#down.lose();
    this.#change({ ...up, down: true }, { ...down, down: true });
    this.#rebind();
    setTimeout(() => this.#change({ ...up, delayMs }, { ...down, delayMs }), MOVE_GAP_MS);
  }

  #change(up: LinkDirection<Packet>['state'], down: LinkDirection<Packet>['state']): void {
    const nowMs = this.#clock.nowMs();
    this.#up.change(up, nowMs);
    this.#down.change(down, nowMs);
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const nowMs = this.#clock.nowMs();
    this.#latestMs = Math.max(this.#latestMs, nowMs - this.#nextMs);
    const dueMs = nowMs + OWN_MS;
    for (const { data, flow } of this.#up.arrived(dueMs)) flow.far.send(data, flow.hubPort, HOST);
    for (const { data, flow } of this.#down.arrived(dueMs)) {
      flow.near.send(data, flow.sender.port, flow.sender.address);
    }
    const waitMs = this.#nextMs - nowMs;
    if (waitMs === Infinity) return;
    // A timer comes up to a millisecond early or late; the rest is short naps with a look at the sockets between.
    if (waitMs >= 2) this.#timer = setTimeout(() => this.#pump(), Math.floor(waitMs) - 1);
    else this.#immediate = setImmediate(() => this.#napThenPump(waitMs));
  }

  get #nextMs(): number {
    return Math.min(this.#up.nextMs, this.#down.nextMs) - OWN_MS;
  }

  #napThenPump(waitMs: number): void {
    if (waitMs > 0) Atomics.wait(this.#nap, 0, 0, Math.min(NAP_MS, waitMs));
    this.#pump();
  }

  #sampleForever(): void {
    let batch: LinkSample[] = [];
    let before = { ...this.#up.fates };
    let atMs = Math.floor(this.#clock.nowMs() / SAMPLE_MS) * SAMPLE_MS;
    const sample = (): void => {
      const fates = { ...this.#up.fates };
      const nowMs = this.#clock.nowMs();
      batch.push({
        atMs,
        bytes: fates.bytes - before.bytes,
        packets: fates.packets - before.packets,
        lost: fates.lost - before.lost,
        dropped: fates.dropped - before.dropped,
        queueMs: this.#up.queueMs(nowMs),
        lateMs: this.#latestMs,
      });
      this.#latestMs = 0;
      before = fates;
      atMs += SAMPLE_MS;
      if (batch.length >= SAMPLES_A_MESSAGE) {
        send({ type: 'samples', samples: batch });
        batch = [];
      }
      setTimeout(sample, Math.max(0, atMs + SAMPLE_MS - nowMs));
    };
    setTimeout(sample, atMs + SAMPLE_MS - this.#clock.nowMs());
  }
}

let relay: RelayProcess | undefined;
process.on('message', (message: ToRelay) => {
  if (message.type === 'start') relay = new RelayProcess(message);
  else void relay?.handle(message);
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group; the bench decides the order.
process.on('SIGINT', () => undefined);
