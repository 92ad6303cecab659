import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { PathStats } from '../../engine.ts';
import { localPathsTo } from './local-addresses.ts';
import { PathSelector } from './path-selector.ts';
import { TRANSACTION_ID_BYTES, buildCheck, readAnswer } from './stun.ts';
import type { IceCredentials } from './stun.ts';

export interface HubAddress {
  address: string;
  port: number;
}

export interface MultipathParts {
  /** Where the hub may be reached; which of them works is found out. */
  hubs: readonly HubAddress[];
  credentials: IceCredentials;
  /** Names of the interfaces to use, most wanted first; empty: all there are. */
  interfaces: readonly string[];
  now(): number;
  /** A path answered: whatever was silent is so no more. */
  alive(): void;
  /** Media goes another way from now on. */
  moved(path: string): void;
}

/** From one address of ours to one of the hub. */
interface Way {
  socket: Socket;
  address: string | null;
  hub: HubAddress;
}

interface Check {
  path: string;
  sentMs: number;
}

const TICK_MS = 10;
const LOOK_FOR_INTERFACES_MS = 500;
/** ICE's type preference of a host candidate, in its place; the hub does not compare. */
const PRIORITY = 126 << 24;

/**
 * The UDP socket under the WebRTC stack, with several ways to the hub behind it. To the stack it is one hub address on this machine that never changes; to the
 * hub it is one ICE session that comes from several addresses, of which the last nominated one is used. So a path is left for another
 * (another carrier, another address, another NAT mapping) without a new handshake.
 */
export class MultipathSocket {
  readonly #parts: MultipathParts;
  readonly #near: Socket;
  readonly #ways = new Map<string, Way>();
  readonly #selector = new PathSelector();
  readonly #checks = new Map<string, Check>();
  readonly #tieBreaker = randomBytes(8).readBigUInt64BE();
  /** There was once more than one interface. */
  #several = false;
  #stackPort: number | undefined;
  #tickTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(parts: MultipathParts) {
    this.#parts = parts;
    this.#near = createSocket('udp4');
  }

  static async open(parts: MultipathParts): Promise<MultipathSocket> {
    const socket = new MultipathSocket(parts);
    await new Promise<void>((resolve, reject) => {
      socket.#near.once('error', reject);
      socket.#near.bind(0, '127.0.0.1', resolve);
    });
    socket.#near.on('error', () => undefined);
    socket.#near.on('message', (data, from) => {
      socket.#stackPort = from.port;
      socket.#sendUp(data);
    });
    socket.#lookForInterfaces();
    socket.#tickTimer = setInterval(() => socket.#tick(), TICK_MS);
    socket.#lookTimer = setInterval(() => socket.#lookForInterfaces(), LOOK_FOR_INTERFACES_MS);
    return socket;
  }

  /** What the WebRTC stack takes for the hub. */
  get stackSide(): HubAddress {
    return { address: '127.0.0.1', port: (this.#near.address() as AddressInfo).port };
  }

  paths(): PathStats[] {
    const { active } = this.#selector.choice;
    return [...this.#ways.keys()].map((name) => ({
      name,
      active: name === active,
      rttMs: this.#selector.rttMs(name),
      lossPart: this.#selector.loss(name),
    }));
  }

  #lookForInterfaces(): void {
    const { hubs, interfaces } = this.#parts;
    const wanted = hubs.flatMap((hub) => {
      const paths = localPathsTo(hub.address, interfaces, this.#several);
      this.#several ||= paths.length > 1;
      return paths.map(({ name, address }) => ({
        name: hubs.length === 1 ? name : `${name} ${hub.address}`,
        address,
        hub,
      }));
    });
    for (const [name, way] of this.#ways) {
      const now = wanted.find((each) => each.name === name);
      if (now?.address !== way.address) this.#drop(name);
    }
    for (const way of wanted) if (!this.#ways.has(way.name)) this.#add(way.name, way.address, way.hub);
    this.#selector.setPaths(wanted.map(({ name }) => name));
  }

  #add(name: string, address: string | null, hub: HubAddress): void {
    const socket = createSocket(hub.address.includes(':') ? 'udp6' : 'udp4');
    const way = { socket, address, hub };
    this.#ways.set(name, way);
    // The address may be gone again by now; the next look finds out.
    socket.on('error', () => {
      this.#selector.onSendFailed(name);
      if (this.#ways.get(name) === way) this.#drop(name);
    });
    socket.on('message', (data, from) => {
      if (this.#ways.get(name) === way && from.address === hub.address && from.port === hub.port)
        this.#onHubPacket(data);
    });
    socket.bind(0, address ?? undefined);
  }

  #drop(name: string): void {
    this.#ways.get(name)?.socket.close();
    this.#ways.delete(name);
  }

  #tick(): void {
    const nowMs = this.#parts.now();
    for (const [id, check] of this.#checks) {
      if (nowMs - check.sentMs < PathSelector.unansweredMs) continue;
      this.#checks.delete(id);
      this.#selector.onUnanswered(check.path);
    }
    for (const name of this.#selector.checksDue(nowMs)) this.#check(name, nowMs);
    this.#decide(nowMs);
  }

  #decide(nowMs: number): void {
    const before = this.#selector.choice.active;
    if (!this.#selector.decide(nowMs)) return;
    const { active } = this.#selector.choice;
    if (active === null) return;
    // The hub answers where it was last told to: tell it at once.
    this.#check(active, nowMs);
    if (before !== null) this.#parts.moved(active);
  }

  #check(name: string, nowMs: number): void {
    const transactionId = randomBytes(TRANSACTION_ID_BYTES);
    this.#checks.set(transactionId.toString('latin1'), { path: name, sentMs: nowMs });
    const { active } = this.#selector.choice;
    const check = buildCheck({
      transactionId,
      credentials: this.#parts.credentials,
      nominate: name === active,
      priority: PRIORITY,
      tieBreaker: this.#tieBreaker,
    });
    this.#send(name, check);
  }

  #onHubPacket(data: Buffer): void {
    const answer = readAnswer(data);
    const check = answer && this.#checks.get(answer.transactionId);
    if (answer && check) {
      const nowMs = this.#parts.now();
      this.#checks.delete(answer.transactionId);
      this.#selector.onAnswer(check.path, nowMs - check.sentMs, nowMs);
      this.#decide(nowMs);
      if (check.path === this.#selector.choice.active) this.#parts.alive();
      return;
    }
    if (this.#stackPort !== undefined && !this.#closed) this.#near.send(data, this.#stackPort, '127.0.0.1');
  }

  /** Along the path in use, and the second while both are poor; along all of them until one has answered. */
  #sendUp(data: Buffer): void {
    const { active, copy } = this.#selector.choice;
    if (active === null) for (const name of this.#ways.keys()) this.#send(name, data);
    else {
      this.#send(active, data);
      if (copy !== null) this.#send(copy, data);
    }
  }

  #send(name: string, data: Buffer): void {
    const way = this.#ways.get(name);
    way?.socket.send(data, way.hub.port, way.hub.address, (error) => {
      if (error && !this.#closed) this.#selector.onSendFailed(name);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#tickTimer);
    clearInterval(this.#lookTimer);
    this.#near.close();
    for (const name of [...this.#ways.keys()]) this.#drop(name);
  }
}
