import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Stands between a browser and a worker's UDP port, so that a test can cut the path. */
export class UdpRelay {
  readonly port: number;
  readonly #front: Socket;
  readonly #upstream = new Map<string, Socket>();
  #cut = false;

  private constructor(front: Socket, targetPort: number) {
    this.#front = front;
    this.port = front.address().port;
    front.on('message', (data, { address, port }) => {
      if (this.#cut) return;
      this.#to(address, port, targetPort).send(data, targetPort, '127.0.0.1');
    });
  }

  static async open(targetPort: number): Promise<UdpRelay> {
    const front = createSocket('udp4');
    front.bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new UdpRelay(front, targetPort);
  }

  /** Nothing passes, in either direction, while cut. */
  set cut(cut: boolean) {
    this.#cut = cut;
  }

  #to(address: string, port: number, targetPort: number): Socket {
    const key = `${address}:${port}`;
    let socket = this.#upstream.get(key);
    if (!socket) {
      socket = createSocket('udp4');
      socket.on('message', (data, from) => {
        if (!this.#cut && from.port === targetPort) this.#front.send(data, port, address);
      });
      this.#upstream.set(key, socket);
    }
    return socket;
  }

  close(): void {
    this.#front.close();
    for (const socket of this.#upstream.values()) socket.close();
  }
}
