import { isPlayable } from './h264-stream.ts';

/** Longer than this, a viewer that comes in late or lost a packet waits too long for a whole picture. */
const MAX_GOP_MS = 2_200;
const WINDOW_MS = 2_000;
/** The link must carry the stream's own rate with this much room before it is handed on again. */
const ROOM = 1.3;
const LEAVE_AFTER_MS = 1_000;
const RETURN_AFTER_MS = 10_000;

export interface UnitFacts {
  atMs: number;
  bytes: number;
  isKeyFrame: boolean;
  hasB: boolean;
  profile: number | null;
}

/**
 * Decides, unit by unit, whether a camera's H.264 goes out untouched: browsers must be able to play it, without B pictures, with key
 * frames often enough, and the link must carry its rate. It begins at a key frame; it may end at any picture, because whoever uses this decodes
 * the stream all along and goes on with a key frame of an encoder's own. So does a viewer's wish for a key frame, which a camera cannot be told.
 */
export class PassThroughGate {
  readonly #isWanted: boolean;
  #targetKbps: number;
  #passing = false;
  #hasB = false;
  #profile: number | null = null;
  #lastKeyMs: number | undefined;
  #gopMs = Infinity;
  #tightSinceMs: number | undefined;
  #roomySinceMs: number | undefined;
  #wasTight = false;
  readonly #window: { atMs: number; bytes: number }[] = [];

  constructor(isWanted: boolean, targetKbps: number) {
    this.#isWanted = isWanted;
    this.#targetKbps = targetKbps;
  }

  setTargetKbps(kbps: number): void {
    this.#targetKbps = kbps;
  }

  get passing(): boolean {
    return this.#passing;
  }

  /** Transcode until the next key frame. */
  interrupt(): void {
    this.#passing = false;
  }

  /** True: hand this unit on as it is. */
  take(unit: UnitFacts): boolean {
    this.#learn(unit);
    const { atMs } = unit;
    if (this.#tightSinceMs !== undefined && atMs - this.#tightSinceMs >= LEAVE_AFTER_MS)
      this.#wasTight = true;
    const roomyForMs = this.#roomySinceMs === undefined ? -1 : atMs - this.#roomySinceMs;
    if (roomyForMs >= RETURN_AFTER_MS) this.#wasTight = false;
    if (!this.#isUsable(atMs) || this.#wasTight) this.#passing = false;
    else if (unit.isKeyFrame && roomyForMs >= 0) this.#passing = true;
    return this.#passing;
  }

  #learn({ atMs, bytes, isKeyFrame, hasB, profile }: UnitFacts): void {
    this.#window.push({ atMs, bytes });
    while ((this.#window[0]?.atMs ?? atMs) < atMs - WINDOW_MS) this.#window.shift();
    this.#hasB ||= hasB;
    this.#profile = profile ?? this.#profile;
    if (isKeyFrame) {
      if (this.#lastKeyMs !== undefined) this.#gopMs = atMs - this.#lastKeyMs;
      this.#lastKeyMs = atMs;
    }
    const kbps = this.#kbps(atMs);
    this.#tightSinceMs = kbps > this.#targetKbps ? (this.#tightSinceMs ?? atMs) : undefined;
    this.#roomySinceMs = kbps * ROOM <= this.#targetKbps ? (this.#roomySinceMs ?? atMs) : undefined;
  }

  #kbps(atMs: number): number {
    const spanMs = Math.max(WINDOW_MS / 4, atMs - (this.#window[0]?.atMs ?? atMs));
    return (this.#window.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / spanMs;
  }

  #isUsable(atMs: number): boolean {
    if (!this.#isWanted || this.#hasB || this.#profile === null || !isPlayable(this.#profile)) return false;
    return this.#gopMs <= MAX_GOP_MS && atMs - (this.#lastKeyMs ?? -Infinity) <= MAX_GOP_MS;
  }
}
