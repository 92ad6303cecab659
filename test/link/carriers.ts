import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const CARRIERS = ['telecom', 'unicom'] as const;
export type Carrier = (typeof CARRIERS)[number];
export const otherCarrier = (carrier: Carrier): Carrier => CARRIERS.find((each) => each !== carrier)!;

/** The hub's one address, which both carriers lead to. */
export const HUB_IP = '10.77.0.1';

const boxIp = (carrier: Carrier): string => `10.77.${CARRIERS.indexOf(carrier) + 1}.2`;
const gatewayIp = (carrier: Carrier): string => `10.77.${CARRIERS.indexOf(carrier) + 1}.1`;
const tableOf = (carrier: Carrier): string => String(101 + CARRIERS.indexOf(carrier));
/** Below the rules that cut a carrier. */
const LOCAL_RULE = '100';

/** Null when namespaces can be made here, else why not. */
export async function whyNoNamespaces(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `rui-try-${process.pid}`;
  try {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['netns', 'del', name]);
    return null;
  } catch (error) {
    return `no network namespaces here: ${error instanceof Error ? error.message.split('\n')[0] : ''}`;
  }
}

/** Null when what a carrier takes can be limited here, else why not. */
export async function whyNoLimits(): Promise<string | null> {
  const why = await whyNoNamespaces();
  if (why !== null) return why;
  const carriers = await Carriers.open();
  try {
    await carriers.limit(1_000);
    return null;
  } catch (error) {
    return `no limits for carriers here: ${error instanceof Error ? error.message.split('\n')[0] : ''}`;
  } finally {
    await carriers.close();
  }
}

/** A hub and a box in network namespaces of their own, joined by two carriers, as a box with two modems sees them. */
export class Carriers {
  readonly #hub = `rui-hub-${process.pid}`;
  readonly #box = `rui-box-${process.pid}`;
  #folder = '';

  static async open(): Promise<Carriers> {
    const carriers = new Carriers();
    try {
      await carriers.#make();
      return carriers;
    } catch (error) {
      await carriers.close();
      throw error;
    }
  }

  async #make(): Promise<void> {
    this.#folder = await mkdtemp(path.join(os.tmpdir(), 'rui-carriers-'));
    for (const name of [this.#hub, this.#box]) {
      await run('ip', ['netns', 'add', name]);
      await this.#ip(name, 'link', 'set', 'lo', 'up');
    }
    await this.#ip(this.#hub, 'addr', 'add', `${HUB_IP}/32`, 'dev', 'lo');
    // What comes for this machine is looked up first of all; a cut has to come before it.
    await this.#ip(this.#hub, 'rule', 'add', 'pref', LOCAL_RULE, 'lookup', 'local');
    await this.#ip(this.#hub, 'rule', 'del', 'pref', '0');
    for (const carrier of CARRIERS) {
      const hubSide = ['link', 'add', carrier, 'type', 'veth', 'peer', 'name', carrier, 'netns', this.#box];
      await this.#ip(this.#hub, ...hubSide);
      await this.#ip(this.#hub, 'addr', 'add', `${gatewayIp(carrier)}/30`, 'dev', carrier);
      await this.#ip(this.#hub, 'link', 'set', carrier, 'up');
      await this.#plugIn(carrier);
      await this.#ip(this.#box, 'rule', 'add', 'from', boxIp(carrier), 'table', tableOf(carrier));
    }
  }

  async #plugIn(carrier: Carrier): Promise<void> {
    await this.#ip(this.#box, 'addr', 'add', `${boxIp(carrier)}/30`, 'dev', carrier);
    await this.#ip(this.#box, 'link', 'set', carrier, 'up');
    const route = ['route', 'add', HUB_IP, 'via', gatewayIp(carrier)];
    await this.#ip(this.#box, ...route, 'table', tableOf(carrier));
    // For what is bound to no carrier: signalling and records.
    await this.#ip(this.#box, ...route, 'metric', tableOf(carrier));
  }

  #ip(namespace: string, ...args: string[]): Promise<unknown> {
    return run('ip', ['-n', namespace, ...args]);
  }

  /** A program that runs `command` on the hub's or the box's side: what spawns it need not know. */
  async program(side: 'hub' | 'box', command: string): Promise<string> {
    const file = path.join(this.#folder, `${side}-${path.basename(command)}`);
    const namespace = side === 'hub' ? this.#hub : this.#box;
    await writeFile(file, `#!/bin/sh\nexec ip netns exec ${namespace} "${command}" "$@"\n`);
    await chmod(file, 0o755);
    return file;
  }

  /** Nothing of the box's reaches the hub by this carrier any more, and nobody is told. */
  async cut(carrier: Carrier): Promise<void> {
    await this.#ip(this.#hub, 'rule', 'add', 'pref', '1', 'iif', carrier, 'blackhole');
  }

  async mend(carrier: Carrier): Promise<void> {
    await this.#ip(this.#hub, 'rule', 'del', 'pref', '1', 'iif', carrier);
  }

  /** The modem goes and takes its address with it. */
  async unplug(carrier: Carrier): Promise<void> {
    await this.#ip(this.#box, 'addr', 'flush', 'dev', carrier);
    await this.#ip(this.#box, 'link', 'set', carrier, 'down');
  }

  async plugIn(carrier: Carrier): Promise<void> {
    await this.#plugIn(carrier);
  }

  /** What the box sends by any carrier is held to `kbps`, with a queue of 300 ms as modems have it; null: no longer. */
  async limit(kbps: number | null): Promise<void> {
    const shape = ['tbf', 'rate', `${kbps}kbit`, 'burst', '5kb', 'latency', '300ms'];
    for (const carrier of CARRIERS) {
      const rest = kbps === null ? [] : shape;
      await this.#tc('qdisc', kbps === null ? 'del' : 'replace', 'dev', carrier, 'root', ...rest);
    }
  }

  #tc(...args: string[]): Promise<unknown> {
    return run('tc', ['-n', this.#box, ...args]);
  }

  async close(): Promise<void> {
    for (const name of [this.#box, this.#hub]) await run('ip', ['netns', 'del', name]).catch(() => undefined);
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
