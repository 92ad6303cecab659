import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { BoxClock } from '../../clock.ts';
import { StillRequests } from '../../media/still-requests.ts';
import type { Still } from '../../media/still-requests.ts';
import { EngineUnavailable } from '../engine.ts';
import type { Engine, EngineConfig, EngineEvents, EngineStats, MediaSignals } from '../engine.ts';
import type { EngineReport, FromEngine, SignalCall, ToEngine } from './engine-protocol.ts';
import { whyUnavailable } from './wrtc.ts';

const CHILD = new URL('./engine-child.ts', import.meta.url);
/** The engine's process reports twice a second; silent this long, it hangs. */
const HANG_MS = 15_000;
const HANG_CHECK_MS = 1_000;
/** A process that died sooner than this after its start is not started again at once. */
const PROVEN_MS = 30_000;
const FIRST_RESPAWN_MS = 250;
const MAX_RESPAWN_MS = 10_000;
/** Two viewers who join together cost one key frame. */
const KEY_FRAME_GUARD_MS = 300;
const MAX_VITALS_BUFFERED_BYTES = 64 * 1024;

/** One connection as the parent sees it: whom to ask, and what to close when it is over. */
interface Connection {
  id: number;
  signals: MediaSignals;
  transportId: string | undefined;
}

interface Attempt {
  connection: Connection;
  resolve(): void;
  reject(error: Error): void;
}

/** The second engine: libwebrtc with all its own control, in one process. VP8, because this libwebrtc has no H.264. */
export class LibwebrtcEngine implements Engine {
  readonly #config: EngineConfig;
  readonly #clock: BoxClock;
  readonly #emitter = new EventEmitter();
  #state: EngineStats['state'] = 'idle';
  #child: ChildProcess | undefined;
  #restarts = 0;
  #spawnedMs = -Infinity;
  #respawnMs = 0;
  #connections = 0;
  #current: Connection | undefined;
  #attempt: Attempt | undefined;
  #report: EngineReport | undefined;
  #heardMs = 0;
  #hangTimer: NodeJS.Timeout | undefined;
  readonly #keyFrames = new Map<string, { count: number; lastMs: number }>();
  readonly #paused = new Set<string>();
  readonly #stills = new StillRequests();
  #vitalsUnreportedBytes = 0;
  #vitalsSent = 0;
  #vitalsDropped = 0;

  /** @throws {EngineUnavailable} when this machine has no binary for it. */
  constructor(config: EngineConfig, clock: BoxClock) {
    const problem = whyUnavailable();
    if (problem) throw new EngineUnavailable(problem);
    this.#config = config;
    this.#clock = clock;
  }

  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void);
  }

  async connect(signals: MediaSignals): Promise<void> {
    this.#state = 'connecting';
    const routerRtpCapabilities = signals.routerRtpCapabilities?.();
    const previous = this.#current;
    const connection: Connection = { id: ++this.#connections, signals, transportId: undefined };
    try {
      if (!routerRtpCapabilities) throw new Error('the hub has not said what its router speaks');
      await this.#ensureChild();
      await new Promise<void>((resolve, reject) => {
        this.#attempt = { connection, resolve, reject };
        this.#tell({ type: 'connect', connection: connection.id, routerRtpCapabilities });
      });
    } catch (error) {
      if (this.#state === 'connecting') this.#state = this.#current ? 'lost' : 'idle';
      await closeAtHub(connection);
      throw error;
    }
    this.#current = connection;
    this.#state = 'connected';
    if (previous) await closeAtHub(previous);
  }

  async disconnect(): Promise<void> {
    this.#state = 'idle';
    const connection = this.#current;
    this.#current = undefined;
    await this.#endChild();
    if (connection) await closeAtHub(connection);
  }

  requestKeyFrame(slot: string): void {
    const asked = this.#keyFrames.get(slot) ?? { count: 0, lastMs: -Infinity };
    const nowMs = this.#clock.nowMs();
    const guarded = nowMs - asked.lastMs < KEY_FRAME_GUARD_MS;
    this.#keyFrames.set(slot, { count: asked.count + 1, lastMs: guarded ? asked.lastMs : nowMs });
    if (!guarded) this.#tell({ type: 'keyFrame', slot });
  }

  takeStill(slot: string): Promise<Still> {
    return this.#stills.ask((id) => this.#tell({ type: 'still', id, slot }));
  }

  setPaused(slot: string, paused: boolean): void {
    if (paused) this.#paused.add(slot);
    else this.#paused.delete(slot);
    this.#tell({ type: 'paused', slots: [...this.#paused] });
    if (!paused) this.requestKeyFrame(slot);
  }

  syncClock(): void {
    this.#tell({ type: 'clock', hubOffsetMs: this.#clock.hubOffsetMs });
  }

  sendVitals(message: Uint8Array): boolean {
    const waiting = (this.#report?.vitalsBufferedBytes ?? 0) + this.#vitalsUnreportedBytes;
    const sent =
      this.#state === 'connected' &&
      this.#report?.vitalsOpen === true &&
      waiting <= MAX_VITALS_BUFFERED_BYTES &&
      this.#tell({ type: 'vitals', message });
    if (sent) {
      this.#vitalsSent++;
      this.#vitalsUnreportedBytes += message.length;
    } else this.#vitalsDropped++;
    return sent;
  }

  #tell(message: ToEngine): boolean {
    const child = this.#child;
    if (!child?.connected) return false;
    child.send(message, () => undefined);
    return true;
  }

  async #ensureChild(): Promise<void> {
    if (this.#child) return;
    if (this.#respawnMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#respawnMs));
    if (this.#state !== 'connecting') throw new Error('disconnected meanwhile');
    this.#spawnedMs = this.#heardMs = this.#clock.nowMs();
    const child = fork(CHILD, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    let reason = '';
    child.on('message', (message: FromEngine) => {
      if (this.#child !== child) return;
      this.#heardMs = this.#clock.nowMs();
      if (message.type === 'failed') reason = message.reason;
      else this.#onMessage(message);
    });
    child.on('error', (error) => {
      reason = error.message;
    });
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#onDeath(reason || `engine process ended (${signal ?? String(code)})`);
    });
    this.#hangTimer = setInterval(() => {
      if (this.#clock.nowMs() - this.#heardMs > HANG_MS) child.kill('SIGKILL');
    }, HANG_CHECK_MS);
    this.#tell({ type: 'start', config: this.#config, clock: this.#clock.settings });
    this.#tell({ type: 'paused', slots: [...this.#paused] });
  }

  #onDeath(reason: string): void {
    const proven = this.#clock.nowMs() - this.#spawnedMs > PROVEN_MS;
    this.#respawnMs = proven ? 0 : Math.min(MAX_RESPAWN_MS, Math.max(FIRST_RESPAWN_MS, this.#respawnMs * 2));
    this.#restarts++;
    this.#forgetChild();
    for (const slot of this.#slots()) this.#emitter.emit('feedDown', slot, reason);
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt) attempt.reject(new Error(reason));
    else this.#lose(reason);
  }

  #slots(): string[] {
    const { video, audio } = this.#config;
    return [...video.map(({ slot }) => slot), ...(audio ? [audio.slot] : [])];
  }

  #forgetChild(): void {
    clearInterval(this.#hangTimer);
    this.#child = undefined;
    this.#report = undefined;
    this.#vitalsUnreportedBytes = 0;
    this.#stills.unanswered();
  }

  /** Ends the process and waits until it is gone. */
  async #endChild(): Promise<void> {
    const child = this.#child;
    this.#forgetChild();
    this.#respawnMs = 0;
    this.#attempt?.reject(new Error('disconnected meanwhile'));
    this.#attempt = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  #lose(reason: string): void {
    if (this.#state !== 'connected') return;
    this.#state = 'lost';
    this.#emitter.emit('lost', reason);
  }

  #onMessage(message: Exclude<FromEngine, { type: 'failed' }>): void {
    switch (message.type) {
      case 'call':
        void this.#carry(message);
        break;
      case 'connected':
        this.#settle(message.connection)?.resolve();
        break;
      case 'notConnected':
        this.#settle(message.connection)?.reject(new Error(message.reason));
        break;
      case 'lost':
        if (message.connection === this.#current?.id) this.#lose(message.reason);
        break;
      case 'feedDown':
        this.#emitter.emit('feedDown', message.slot, message.reason);
        break;
      case 'still':
      case 'noStill':
        this.#stills.answered(message);
        break;
      case 'report':
        this.#report = message.report;
        this.#vitalsUnreportedBytes = 0;
        break;
    }
  }

  #settle(connection: number): Attempt | undefined {
    const attempt = this.#attempt;
    if (attempt?.connection.id !== connection) return undefined;
    this.#attempt = undefined;
    return attempt;
  }

  /** Asks the hub for the engine's process. */
  async #carry(message: SignalCall): Promise<void> {
    const { call } = message;
    const connection = this.#attempt?.connection;
    if (connection?.id !== message.connection) return;
    const { signals } = connection;
    try {
      let value: unknown;
      if (message.method === 'createTransport') {
        const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } =
          await signals.createTransport();
        connection.transportId = id;
        value = { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters };
      } else if (message.method === 'connectTransport')
        value = await signals.connectTransport(...message.args);
      else if (message.method === 'produce') value = await signals.produce(...message.args);
      else value = await signals.produceData(...message.args);
      this.#tell({ type: 'answer', call, value });
    } catch (error) {
      this.#tell({ type: 'refusal', call, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  stats(): EngineStats {
    const stats = this.#report?.stats;
    return {
      state: this.#state,
      estimateKbps: stats?.estimateKbps ?? null,
      rttMs: stats?.rttMs ?? null,
      pacerQueueMs: stats?.pacerQueueMs ?? 0,
      feedbackAgeMs: stats?.feedbackAgeMs ?? null,
      video: (stats?.video ?? []).map((feed) => ({
        ...feed,
        // The hub's, and ours.
        keyFrameRequests: feed.keyFrameRequests + (this.#keyFrames.get(feed.slot)?.count ?? 0),
        restarts: this.#restarts,
      })),
      devices: this.#report?.devices ?? [],
      audioPackets: stats?.audioPackets ?? 0,
      vitalsSent: this.#vitalsSent,
      vitalsDropped: this.#vitalsDropped,
    };
  }
}

/** As far as the hub can be reached; it closes by itself what it hears no more of. */
async function closeAtHub({ signals, transportId }: Connection): Promise<void> {
  if (transportId !== undefined) await signals.closeTransport(transportId).catch(() => undefined);
}
