import type { BoxClock } from './clock.ts';
import type { Engine } from './engine/engine.ts';
import { reasonOf } from './log.ts';
import type { Log } from './log.ts';
import type { Uplink, UplinkRoom } from './uplink/uplink.ts';
import { VitalsWatch } from './vitals/vitals-watch.ts';

/** What has to be played while the box serves a room. */
export interface Player {
  start(): void;
  stop(): void;
}

/** Hears what belongs on the record. */
export interface Chronicle {
  enteredRoom(roomId: string): void;
  leftRoom(reason: string): void;
  lostPath(reason: string): void;
  restoredPath(): void;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
const CLOCK_CHECK_MS = 1_000;
/** Smaller corrections of the hub's clock than this are noise. */
const CLOCK_STEP_MS = 1;

export interface AgentParts {
  uplink: Uplink;
  engine: Engine;
  clock: BoxClock;
  vitals: Player | null;
  chronicle?: Chronicle;
  log: Log;
}

/**
 * Serves the room that the hub assigns: in it, media up, for ever. All events only say what is wanted; one loop, never two at a time,
 * makes it so and tries again when it fails.
 */
export class Agent {
  readonly #parts: AgentParts;
  readonly #vitalsWatch: VitalsWatch;
  #roomId: string | null = null;
  #room: UplinkRoom | null = null;
  /** In the room, with media to be (re)built. */
  #mediaWanted = false;
  #inRoom = false;
  #working = false;
  /** Something happened since the loop last looked. */
  #changed = false;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #clockTimer: NodeJS.Timeout | undefined;
  #stopped = false;
  #idle: Promise<void> = Promise.resolve();

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#vitalsWatch = new VitalsWatch({
      stats: () => parts.engine.stats(),
      arrived: async () => (await this.#room?.signals.vitalsArrived?.()) ?? null,
      stalled: () => this.#lost('vitals do not arrive'),
    });
  }

  start(): void {
    const { uplink, engine, log } = this.#parts;
    engine.on('lost', (reason) => this.#lost(reason));
    engine.on('feedDown', (slot, reason) => log('warn', 'feed down, starting it again', { slot, reason }));
    uplink.start({ assigned: (roomId) => this.#assign(roomId) });
    this.#clockTimer = setInterval(() => this.#followClock(), CLOCK_CHECK_MS);
  }

  #lost(reason: string): void {
    this.#parts.log('warn', 'path to the hub lost', { reason });
    this.#parts.chronicle?.lostPath(reason);
    this.#mediaWanted = true;
    this.#work();
  }

  #assign(roomId: string | null): void {
    if (this.#stopped || (roomId === this.#roomId && (roomId === null) === (this.#room === null))) return;
    this.#parts.log('info', roomId === null ? 'no room to serve' : 'serving a room', { roomId });
    this.#leave(roomId === null ? 'no room assigned' : 'another room');
    this.#roomId = roomId;
    if (roomId !== null) {
      const room = this.#parts.uplink.joinRoom(roomId, {
        joined: (mediaKept) => {
          if (this.#room !== room) return;
          const isBack = this.#inRoom;
          this.#inRoom = true;
          this.#followClock();
          if (!isBack) this.#parts.chronicle?.enteredRoom(roomId);
          if (!mediaKept || this.#parts.engine.stats().state !== 'connected') this.#mediaWanted = true;
          this.#retryMs = FIRST_RETRY_MS;
          this.#work();
        },
        dismissed: (reason) => {
          if (this.#room !== room) return;
          this.#parts.log('info', 'out of the room', { reason });
          this.#leave(reason);
          this.#work();
        },
      });
      this.#room = room;
    }
    this.#work();
  }

  #leave(reason: string): void {
    this.#vitalsWatch.stop();
    this.#parts.chronicle?.leftRoom(reason);
    this.#room?.close();
    this.#room = null;
    this.#roomId = null;
    this.#inRoom = false;
    this.#mediaWanted = false;
  }

  #followClock(): void {
    const { uplink, clock, engine } = this.#parts;
    const hubNowMs = uplink.hubNowMs();
    if (hubNowMs === null || !this.#inRoom) return;
    const offsetMs = hubNowMs - clock.nowMs();
    const isNoise = Math.abs(offsetMs - clock.hubOffsetMs) < CLOCK_STEP_MS;
    if (isNoise && clock.hubOffsetKnown) return;
    clock.setHubOffsetMs(offsetMs);
    if (!isNoise) engine.syncClock();
  }

  #work(): void {
    clearTimeout(this.#retryTimer);
    this.#changed = true;
    if (this.#working) return;
    this.#working = true;
    this.#idle = this.#settleAll();
  }

  async #settleAll(): Promise<void> {
    while (this.#changed) {
      this.#changed = false;
      await this.#settle();
    }
    this.#working = false;
  }

  /** Until what is wanted and what is agree, or an attempt fails and waits for its next try. */
  async #settle(): Promise<void> {
    const { engine, vitals, log } = this.#parts;
    for (;;) {
      const room = this.#room;
      if (!room) {
        if (engine.stats().state === 'idle') return;
        vitals?.stop();
        await engine.disconnect();
        continue;
      }
      if (!this.#inRoom || !this.#mediaWanted) return;
      this.#mediaWanted = false;
      try {
        await engine.connect(room.signals);
        if (this.#room !== room) continue;
        vitals?.start();
        this.#vitalsWatch.start();
        this.#retryMs = FIRST_RETRY_MS;
        this.#parts.chronicle?.restoredPath();
        log('info', 'streaming');
      } catch (error) {
        log('warn', 'cannot stream yet', { reason: reasonOf(error), retryMs: this.#retryMs });
        if (this.#room !== room) continue;
        this.#mediaWanted = true;
        this.#retryTimer = setTimeout(() => this.#work(), this.#retryMs);
        this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
        return;
      }
    }
  }

  /** Leaves the room and ends every process of the box. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#clockTimer);
    this.#leave('the box stops');
    this.#work();
    await this.#idle;
    clearTimeout(this.#retryTimer);
    await this.#parts.engine.disconnect();
    await this.#parts.uplink.close();
  }
}
