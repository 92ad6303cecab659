import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { MediaSignals } from '../engine.ts';

export interface LinkProfile {
  delayMs: number;
  /** Part of the packets lost, uplink only. */
  lossPart: number;
  /** Uplink rate; packets that would wait longer than `queueMs` are dropped. */
  capKbps: number;
  queueMs: number;
  down: boolean;
}

export const GOOD_LINK: LinkProfile = {
  delayMs: 0,
  lossPart: 0,
  capKbps: Infinity,
  queueMs: 400,
  down: false,
};

/** A bad link as a UDP relay in user space, put between box and hub by rewriting the port of the hub's candidates. Seeded, not random. */
export class BadLink {
  profile: LinkProfile = { ...GOOD_LINK };
  readonly #sockets: Socket[] = [];
  #seed = 42;
  #freeMs = 0;

  /** The same signals, with the media going through this link. */
  through(signals: MediaSignals): MediaSignals {
    return {
      ...signals,
      createTransport: async () => {
        const transport = await signals.createTransport();
        const { id, iceParameters, dtlsParameters, sctpParameters } = transport;
        const iceCandidates = await Promise.all(
          transport.iceCandidates.map(async (candidate) => ({
            ...candidate,
            port: await this.#relay(candidate.port),
          })),
        );
        return {
          id,
          iceParameters,
          iceCandidates,
          dtlsParameters,
          ...(sctpParameters ? { sctpParameters } : {}),
        };
      },
    };
  }

  async #relay(hubPort: number): Promise<number> {
    const near = createSocket('udp4');
    const far = createSocket('udp4');
    this.#sockets.push(near, far);
    let boxPort: number | undefined;
    near.on('message', (packet, from) => {
      boxPort = from.port;
      const delayMs = this.#uplinkDelay(packet.length);
      if (delayMs !== null) this.#later(delayMs, () => far.send(packet, hubPort, '127.0.0.1'));
    });
    far.on('message', (packet) => {
      if (this.profile.down) return;
      this.#later(this.profile.delayMs, () => {
        if (boxPort !== undefined) near.send(packet, boxPort, '127.0.0.1');
      });
    });
    await Promise.all(
      [near, far].map((socket) => new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))),
    );
    return (near.address() as AddressInfo).port;
  }

  /** How long this packet is under way; null when it is lost. */
  #uplinkDelay(bytes: number): number | null {
    const { delayMs, lossPart, capKbps, queueMs, down } = this.profile;
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    const nowMs = performance.now();
    const waitMs = Math.max(0, this.#freeMs - nowMs);
    if (down || this.#seed / 2 ** 32 < lossPart || (capKbps < Infinity && waitMs > queueMs)) return null;
    if (capKbps < Infinity) this.#freeMs = nowMs + waitMs + (bytes * 8) / capKbps;
    return delayMs + (capKbps < Infinity ? waitMs : 0);
  }

  #later(delayMs: number, act: () => void): void {
    const guarded = (): void => {
      if (this.#sockets.length > 0) act();
    };
    if (delayMs < 1) guarded();
    else setTimeout(guarded, delayMs);
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }
}
