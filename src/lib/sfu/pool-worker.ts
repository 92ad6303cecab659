import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createWorker } from 'mediasoup';
import type { IceCandidate, WebRtcServer, Worker, WorkerLogLevel } from 'mediasoup/types';
import type { Logger } from 'pino';

/** First and longest wait before a worker that keeps dying is started again. */
const RESPAWN_MIN_MS = 50;
const RESPAWN_MAX_MS = 10_000;
/** A worker that lived this long counts as healthy: its next death starts the waits from the beginning. */
const HEALTHY_AFTER_MS = 30_000;
const LOAD_SAMPLE_MS = 5_000;
/** mediasoup's own rule of thumb: about this many consumers fill a core. */
const CONSUMERS_PER_CORE = 500;

export interface WorkerPlace {
  index: number;
  listenIp: string;
  announcedAddresses: readonly string[];
  /** 0: choose a free one, and keep it. */
  port: number;
  workerBin: string | undefined;
  logLevel: WorkerLogLevel;
  log: Logger;
}

/** One place in the pool: a worker process with its port, replaced by a new one whenever it dies. */
export class PoolWorker {
  readonly #place: WorkerPlace;
  readonly #onDied: () => void;
  readonly #onReady: () => void;
  #port: number;
  #worker: Worker | null = null;
  #webRtcServer: WebRtcServer | null = null;
  #startedAtMs = 0;
  #respawnDelayMs = RESPAWN_MIN_MS;
  #respawnTimer: NodeJS.Timeout | undefined;
  #loadTimer: NodeJS.Timeout | undefined;
  #cpuFraction = 0;
  #lastCpu: { usedMs: number; atMs: number } | null = null;
  #closed = false;

  constructor(place: WorkerPlace, onDied: () => void, onReady: () => void) {
    this.#place = place;
    this.#port = place.port;
    this.#onDied = onDied;
    this.#onReady = onReady;
  }

  get live(): { worker: Worker; webRtcServer: WebRtcServer } | null {
    return this.#worker && this.#webRtcServer && !this.#worker.closed
      ? { worker: this.#worker, webRtcServer: this.#webRtcServer }
      : null;
  }

  get port(): number {
    return this.#port;
  }

  get cpuFraction(): number {
    return this.#cpuFraction;
  }

  /** 0 is idle, 1 is a core full, by the CPU that it used lately and by what it is about to carry. */
  load(consumers: number): number {
    return Math.max(this.#cpuFraction, consumers / CONSUMERS_PER_CORE);
  }

  async start(): Promise<void> {
    const { listenIp, workerBin, logLevel, log, index } = this.#place;
    if (this.#port === 0) this.#port = await freePort(listenIp);
    const worker = await createWorker({ workerBin, logLevel });
    try {
      // One UDP and one TCP socket for all addresses; see `announce`.
      const webRtcServer = await worker.createWebRtcServer({
        listenInfos: (['udp', 'tcp'] as const).map((protocol) => ({
          protocol,
          ip: listenIp,
          announcedAddress: this.#place.announcedAddresses[0],
          port: this.#port,
        })),
      });
      if (this.#closed) throw new Error('pool closed while a worker was starting');
      this.#worker = worker;
      this.#webRtcServer = webRtcServer;
    } catch (error) {
      worker.close();
      throw error;
    }
    this.#startedAtMs = Date.now();
    this.#lastCpu = null;
    this.#cpuFraction = 0;
    worker.once('died', (error) => this.#died(error));
    this.#loadTimer = setInterval(() => void this.#sampleLoad(worker), LOAD_SAMPLE_MS);
    this.#loadTimer.unref();
    log.info({ worker: index, pid: worker.pid, port: this.#port }, 'media worker up');
    this.#onReady();
  }

  /**
   * The candidates for clients: mediasoup's sockets, once for every announced address. Several listen infos on one
   * port would need several sockets; ICE needs only to be told the addresses, since the wildcard socket answers on all.
   */
  announce(candidates: IceCandidate[]): IceCandidate[] {
    const addresses = this.#place.announcedAddresses;
    if (addresses.length < 2) return candidates;
    return candidates.flatMap((candidate) =>
      addresses.map((address, rank) => ({
        ...candidate,
        ip: address,
        address,
        foundation: `${candidate.foundation}${rank}`,
        // One step of ICE's local preference apart, in the order of the configuration (RFC 8445, 5.1.2.1).
        priority: candidate.priority - rank * 256,
      })),
    );
  }

  #died(error: Error): void {
    const { log, index } = this.#place;
    clearInterval(this.#loadTimer);
    log.error({ worker: index, pid: this.#worker?.pid, err: error }, 'media worker died');
    if (Date.now() - this.#startedAtMs > HEALTHY_AFTER_MS) this.#respawnDelayMs = RESPAWN_MIN_MS;
    this.#worker = null;
    this.#webRtcServer = null;
    this.#respawnLater();
    this.#onDied();
  }

  #respawnLater(): void {
    if (this.#closed) return;
    this.#respawnTimer = setTimeout(() => {
      this.start().catch((error: unknown) => {
        if (this.#closed) return;
        this.#place.log.error({ worker: this.#place.index, err: error }, 'media worker does not start');
        this.#respawnLater();
      });
    }, this.#respawnDelayMs);
    this.#respawnDelayMs = Math.min(this.#respawnDelayMs * 2, RESPAWN_MAX_MS);
  }

  async #sampleLoad(worker: Worker): Promise<void> {
    const usage = await worker.getResourceUsage().catch(() => null); // It may die meanwhile; `died` deals with that.
    if (!usage || worker !== this.#worker) return;
    const now = { usedMs: usage.ru_utime + usage.ru_stime, atMs: performance.now() };
    if (this.#lastCpu) {
      this.#cpuFraction = (now.usedMs - this.#lastCpu.usedMs) / (now.atMs - this.#lastCpu.atMs);
    }
    this.#lastCpu = now;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#respawnTimer);
    clearInterval(this.#loadTimer);
    this.#worker?.close();
    this.#worker = null;
    this.#webRtcServer = null;
  }
}

/** A port that is free for UDP and for TCP alike at this moment. */
async function freePort(ip: string): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const server = createServer().listen(0, ip);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
    const bound = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, ip, () => resolve(true));
    });
    if (bound) socket.close();
    await new Promise((resolve) => server.close(resolve));
    if (bound) return port;
  }
  throw new Error(`no port of ${ip} is free for both UDP and TCP`);
}
