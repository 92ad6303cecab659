import { ANY_PATH, carrierOf } from '../engine/carrier.ts';
import type { Engine } from '../engine/engine.ts';
import { localPathsTo } from '../engine/native/paths/local-addresses.ts';
import type { Log } from '../log.ts';
import type { HubUplink } from './hub-uplink.ts';
import { WayOut, type Carrier } from './way-out.ts';

const LOOK_MS = 250;

export interface CarrierFollowerParts {
  hubUrl: string;
  /** Wanted interfaces, most wanted first; empty: all there are. */
  interfaces: readonly string[];
  engine: Pick<Engine, 'stats'>;
  uplink: Pick<HubUplink, 'status' | 'leaveFrom'>;
  /** For everything else that asks the hub: by this address from now on. */
  leaveFrom: (address: string | null) => void;
  log: Log;
}

/** Keeps signalling and requests on a carrier that works. */
export class CarrierFollower {
  readonly #parts: CarrierFollowerParts;
  readonly #way = new WayOut();
  #timer: NodeJS.Timeout | undefined;
  #several = false;

  constructor(parts: CarrierFollowerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { engine, uplink, leaveFrom, log } = this.#parts;
    const carriers = this.#carriers();
    const stats = engine.stats();
    // What a lost connection went by says nothing of now.
    const media = stats.state === 'connected' ? carrierOf(stats) : null;
    const changed = this.#way.look({
      carriers,
      media,
      isOnline: uplink.status === 'online',
      nowMs: performance.now(),
    });
    if (!changed) return;
    const { address } = this.#way;
    const carrier = carriers.find((each) => each.address === address)?.name ?? ANY_PATH;
    log('info', 'signalling goes by another carrier', { carrier });
    // The token for the new connection has to go the new way already.
    leaveFrom(address);
    uplink.leaveFrom(address);
  }

  #carriers(): Carrier[] {
    const { hostname } = new URL(this.#parts.hubUrl);
    const host = hostname === 'localhost' ? '127.0.0.1' : hostname;
    const paths = localPathsTo(host, this.#parts.interfaces, this.#several);
    this.#several ||= paths.length > 1;
    return paths.flatMap(({ name, address }) => (address === null ? [] : [{ name, address }]));
  }
}
