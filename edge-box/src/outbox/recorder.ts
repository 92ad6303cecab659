import { randomBytes } from 'node:crypto';
import { MAX_REASON_CHARS, type BoxEvent, type Capture } from '../../../src/lib/signaling/contract/index.ts';
import { packVitals } from '../../../src/lib/vitals/chunk.ts';
import type { BoxClock } from '../clock.ts';
import type { Outbox } from './outbox.ts';
import type { Stamp } from './records-table.ts';
import type { Where } from './worker-messages.ts';

const CHUNK_MS = 1_000;
/** Twelve leads at 500 Hz are about 15 kB a second. */
const CHUNK_BYTES = 40 * 1024;
const TICK_MS = 250;
/** Corrections of the hub's clock below this are noise of its measurement. */
const HUB_STEP_MS = 20;
/** The wall clock was set, not merely drifting, when it moved so much against the monotonic one between two looks. */
const WALL_STEP_MS = 500;
const LOSS_QUIET_MS = 5_000;
const LOSS_LONG_MS = 60_000;

export interface RecorderParts {
  outbox: Pick<Outbox, 'append' | 'appendCapture' | 'reportLosses' | 'setWhere'>;
  clock: BoxClock;
  wallNowMs?: () => number;
}

/** A run of the box's monotonic clock: times of one run can be corrected together. */
export const newClockRun = (): string => randomBytes(9).toString('base64url');

/** Puts into the outbox what the box measures and what happens to it, with the time and the room of the moment. */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #clockRun: string;
  #roomId: string | null = null;
  #messages: Uint8Array[] = [];
  #chunkBytes = 0;
  #chunkStamp: Stamp | null = null;
  #knownOffsetMs: number | null = null;
  #wallAheadMs: number;
  #pathLost = false;
  #timer: NodeJS.Timeout | undefined;
  #longLossAtMs: number;

  constructor(parts: RecorderParts, clockRun: string) {
    this.#parts = parts;
    this.#clockRun = clockRun;
    this.#wallAheadMs = this.#wallAhead();
    this.#longLossAtMs = parts.clock.nowMs();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  /** One message of the vitals channel. All of them come here, heard in the room or not. */
  vitals(message: Uint8Array): void {
    this.#followHub();
    this.#chunkStamp ??= this.#stamp();
    this.#messages.push(message);
    this.#chunkBytes += message.length;
    if (this.#chunkBytes >= CHUNK_BYTES) this.#flush();
  }

  /** The room that the records of now belong to. */
  get roomId(): string | null {
    return this.#roomId;
  }

  /** Answers once it is safe: its number, or null when it could not be kept. `takenAtMs`: by the box's clock. */
  capture(
    meta: Pick<Capture, 'mediaType' | 'label'>,
    bytes: Uint8Array,
    takenAtMs = this.#parts.clock.nowMs(),
  ): Promise<number | null> {
    return this.#parts.outbox.appendCapture({ ...this.#stamp(), boxAtMs: takenAtMs }, meta, bytes);
  }

  enteredRoom(roomId: string): void {
    this.#flush();
    this.#roomId = roomId;
    this.#followHub();
    this.#parts.outbox.setWhere(this.#where());
    this.#event({ type: 'room.entered' });
  }

  leftRoom(reason: string): void {
    if (this.#roomId === null) return;
    this.#flush();
    this.#event({ type: 'room.left', reason: shortened(reason) });
    this.#roomId = null;
    this.#parts.outbox.setWhere(this.#where());
  }

  lostPath(reason: string): void {
    if (this.#pathLost) return;
    this.#pathLost = true;
    this.#event({ type: 'path.lost', reason: shortened(reason) });
  }

  restoredPath(): void {
    if (!this.#pathLost) return;
    this.#pathLost = false;
    this.#event({ type: 'path.restored' });
  }

  /** The outbox may be closed once this is through. */
  async stop(why: string): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    await this.#event({ type: 'agent.stopped', why: shortened(why) });
  }

  /** By a timer; by hand in tests. */
  tick(): void {
    const { clock, outbox } = this.#parts;
    const nowMs = clock.nowMs();
    this.#followHub();
    this.#followWall();
    if (this.#chunkStamp && nowMs - this.#chunkStamp.boxAtMs >= CHUNK_MS) this.#flush();
    const isLong = nowMs - this.#longLossAtMs > LOSS_LONG_MS;
    if (isLong) this.#longLossAtMs = nowMs;
    outbox.reportLosses({ endedBeforeMs: isLong ? nowMs + 1 : nowMs - LOSS_QUIET_MS });
  }

  #flush(): void {
    const stamp = this.#chunkStamp;
    if (!stamp) return;
    const body = packVitals(this.#messages);
    const durationMs = Math.min(60_000, Math.round(this.#parts.clock.nowMs() - stamp.boxAtMs));
    this.#messages = [];
    this.#chunkBytes = 0;
    this.#chunkStamp = null;
    void this.#parts.outbox.append({ kind: 'vitals', stamp, data: { durationMs }, body });
  }

  /** A correction is a record of its own, before anything that uses it. */
  #followHub(): void {
    const { clock, outbox } = this.#parts;
    if (!clock.hubOffsetKnown) return;
    const stepMs = clock.hubOffsetMs - (this.#knownOffsetMs ?? 0);
    if (this.#knownOffsetMs !== null && Math.abs(stepMs) < HUB_STEP_MS) return;
    // What was stamped by the old offset goes by it.
    this.#flush();
    this.#knownOffsetMs = clock.hubOffsetMs;
    outbox.setWhere(this.#where());
    void outbox.append({ kind: 'clock', stamp: this.#stamp(), data: { cause: 'hub', stepMs } });
  }

  /** Nothing here goes by the wall clock; but whoever reads a log of this machine does. */
  #followWall(): void {
    const aheadMs = this.#wallAhead();
    const stepMs = aheadMs - this.#wallAheadMs;
    this.#wallAheadMs = aheadMs;
    if (Math.abs(stepMs) < WALL_STEP_MS) return;
    void this.#parts.outbox.append({ kind: 'clock', stamp: this.#stamp(), data: { cause: 'wall', stepMs } });
  }

  #wallAhead(): number {
    return (this.#parts.wallNowMs ?? Date.now)() - this.#parts.clock.nowMs();
  }

  #event(data: BoxEvent): Promise<number | null> {
    return this.#parts.outbox.append({ kind: 'event', stamp: this.#stamp(), data });
  }

  #stamp(): Stamp {
    return { boxAtMs: this.#parts.clock.nowMs(), ...this.#where() };
  }

  #where(): Where {
    // Not before the correction that says so is on record.
    const hubOffsetMs = this.#knownOffsetMs === null ? null : this.#parts.clock.hubOffsetMs;
    return { clockRun: this.#clockRun, hubOffsetMs, roomId: this.#roomId };
  }
}

const shortened = (reason: string): string =>
  reason.toWellFormed().replaceAll('\0', '').slice(0, MAX_REASON_CHARS).toWellFormed();
