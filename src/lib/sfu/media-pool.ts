import { EventEmitter } from 'node:events';
import type { WorkerLogLevel } from 'mediasoup/types';
import type { Logger } from 'pino';
import { HubError } from '../signaling/contract/index.ts';
import { ROUTER_CODECS } from './media-codecs.ts';
import { asHubErrors } from './media-errors.ts';
import { PoolWorker } from './pool-worker.ts';
import { RoomMedia } from './room-media.ts';

/** How long a room waits for a worker while all of them are being started again. */
const WORKER_WAIT_MS = 10_000;
const DEFAULT_MAX_CONSUMERS_PER_ROOM = 500;

export interface MediaPoolOptions {
  workers: number;
  listenIp: string;
  /** Addresses told to clients, most preferred first, e.g. the LAN's and the WAN's. Empty: `listenIp`. */
  announcedAddresses: string[];
  /** Worker i listens on `basePort + i`, UDP and TCP; 0 or absent: each on a free port. */
  basePort?: number;
  workerBin?: string;
  logLevel?: WorkerLogLevel;
  maxConsumersPerRoom?: number;
  log: Logger;
}

export interface MediaPoolEvents {
  /** These rooms' worker died; `openRoom` makes them anew. */
  roomLost: [roomIds: string[]];
}

export interface WorkerFigures {
  pid: number | null;
  port: number;
  cpuFraction: number;
  rooms: number;
  consumers: number;
  producers: number;
}

interface OpenRoom {
  worker: PoolWorker;
  media: RoomMedia;
}

/** The media workers of this node and the rooms on them. */
export class MediaPool extends EventEmitter<MediaPoolEvents> {
  readonly #options: MediaPoolOptions;
  readonly #workers: PoolWorker[];
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #opening = new Map<string, Promise<RoomMedia>>();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: MediaPoolOptions) {
    super();
    this.#options = options;
    this.#workers = Array.from({ length: options.workers }, (_, index) => {
      const worker: PoolWorker = new PoolWorker(
        {
          index,
          listenIp: options.listenIp,
          announcedAddresses: options.announcedAddresses.length
            ? options.announcedAddresses
            : [options.listenIp],
          port: options.basePort ? options.basePort + index : 0,
          workerBin: options.workerBin ?? process.env.MEDIASOUP_WORKER_BIN,
          logLevel: options.logLevel ?? 'error',
          log: options.log,
        },
        () => this.#workerDied(worker),
        () => this.#wake(),
      );
      return worker;
    });
  }

  /** @throws when a worker cannot start: a wrong binary, a port in use */
  static async start(options: MediaPoolOptions): Promise<MediaPool> {
    const pool = new MediaPool(options);
    try {
      // One after the other, so that two never find the same free port.
      for (const worker of pool.#workers) await worker.start();
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  /**
   * The room's media, made when it is not there yet, on the least loaded worker.
   * @throws {HubError} unavailable when no worker comes up in time
   */
  openRoom(roomId: string): Promise<RoomMedia> {
    const open = this.#rooms.get(roomId);
    if (open) return Promise.resolve(open.media);
    let opening = this.#opening.get(roomId);
    if (!opening) {
      opening = this.#open(roomId, () => this.#opening.get(roomId) === opening);
      this.#opening.set(roomId, opening);
      const settled = () => {
        if (this.#opening.get(roomId) === opening) this.#opening.delete(roomId);
      };
      opening.then(settled, settled);
    }
    return opening;
  }

  async #open(roomId: string, stillWanted: () => boolean): Promise<RoomMedia> {
    const deadline = performance.now() + WORKER_WAIT_MS;
    for (;;) {
      const worker = await this.#leastLoaded(deadline);
      const media = await this.#makeRoom(roomId, worker);
      if (!media || media.closed) continue; // The worker died of or during this: take another.
      if (!stillWanted() || this.#closed) {
        media.close();
        throw new HubError('unavailable', 'the room was closed while its media was opened');
      }
      this.#rooms.set(roomId, { worker, media });
      return media;
    }
  }

  async #makeRoom(roomId: string, worker: PoolWorker): Promise<RoomMedia | null> {
    const { live } = worker;
    if (!live) return null;
    try {
      return await asHubErrors(async () => {
        const router = await live.worker.createRouter({ mediaCodecs: ROUTER_CODECS });
        const speaker = await router.createActiveSpeakerObserver({ interval: 300 });
        return new RoomMedia({
          roomId,
          router,
          webRtcServer: live.webRtcServer,
          sideRouter: (mediaCodecs) => live.worker.createRouter({ mediaCodecs }),
          speaker,
          announce: (candidates) => worker.announce(candidates),
          maxConsumers: this.#options.maxConsumersPerRoom ?? DEFAULT_MAX_CONSUMERS_PER_ROOM,
        });
      });
    } catch (error) {
      if (live.worker.closed) return null;
      throw error;
    }
  }

  async #leastLoaded(deadline: number): Promise<PoolWorker> {
    for (;;) {
      if (this.#closed) throw new HubError('unavailable', 'the media of this node is closed');
      const [best] = this.#workers
        .filter((worker) => worker.live)
        .map((worker) => {
          const rooms = this.#roomsOn(worker);
          const consumers = rooms.reduce((sum, room) => sum + room.consumerCount, 0);
          return { worker, load: worker.load(consumers), rooms: rooms.length };
        })
        .sort((a, b) => a.load - b.load || a.rooms - b.rooms);
      if (best) return best.worker;
      await this.#anyWorker(deadline);
    }
  }

  #anyWorker(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(
        () => {
          this.#waiting.delete(wake);
          reject(new HubError('unavailable', 'no media worker is up'));
        },
        Math.max(0, deadline - performance.now()),
      );
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #workerDied(worker: PoolWorker): void {
    const lost = [...this.#rooms].filter(([, room]) => room.worker === worker).map(([roomId]) => roomId);
    for (const roomId of lost) this.#rooms.delete(roomId);
    if (lost.length) this.emit('roomLost', lost);
  }

  closeRoom(roomId: string): void {
    this.#opening.delete(roomId);
    this.#rooms.get(roomId)?.media.close();
    this.#rooms.delete(roomId);
  }

  #roomsOn(worker: PoolWorker): RoomMedia[] {
    return [...this.#rooms.values()].filter((room) => room.worker === worker).map((room) => room.media);
  }

  stats(): WorkerFigures[] {
    return this.#workers.map((worker) => {
      const rooms = this.#roomsOn(worker);
      return {
        pid: worker.live?.worker.pid ?? null,
        port: worker.port,
        cpuFraction: worker.cpuFraction,
        rooms: rooms.length,
        consumers: rooms.reduce((sum, room) => sum + room.consumerCount, 0),
        producers: rooms.reduce((sum, room) => sum + room.producerCount, 0),
      };
    });
  }

  /** Of the workers that live. */
  workerPids(): number[] {
    return this.#workers.flatMap((worker) => worker.live?.worker.pid ?? []);
  }

  close(): void {
    this.#closed = true;
    this.#rooms.clear();
    this.#opening.clear();
    for (const worker of this.#workers) worker.close();
    this.#wake();
  }
}
