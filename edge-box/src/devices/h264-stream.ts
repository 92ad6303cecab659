/** What has to be known about somebody else's H.264 before it is handed on as it is. Annex B throughout (ITU-T H.264). */
const NAL_SLICE = 1;
const NAL_IDR = 5;
const NAL_SPS = 7;
const NAL_PPS = 8;

/** The NAL units of an Annex B buffer, without their start codes. Views, not copies. */
export function nalUnitsOf(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let start = -1;
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] !== 0 || bytes[i + 1] !== 0 || bytes[i + 2] !== 1) continue;
    if (start >= 0) units.push(trimmed(bytes.subarray(start, i)));
    start = i + 3;
    i += 2;
  }
  if (start >= 0) units.push(trimmed(bytes.subarray(start)));
  return units.filter((unit) => unit.length > 0);
}

/** A zero before a start code belongs to that. */
function trimmed(unit: Uint8Array): Uint8Array {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  return unit.subarray(0, end);
}

export const nalType = (unit: Uint8Array): number => (unit[0] ?? 0) & 0x1f;

export interface AccessUnit {
  isKeyFrame: boolean;
  hasParameterSets: boolean;
  /** Of the picture's slices: a B slice means that pictures come out in another order than they go in. */
  hasB: boolean;
  /** profile_idc of an SPS in it. */
  profile: number | null;
  units: Uint8Array[];
}

export function readAccessUnit(bytes: Uint8Array): AccessUnit {
  const units = nalUnitsOf(bytes);
  const sps = units.find((unit) => nalType(unit) === NAL_SPS);
  return {
    units,
    isKeyFrame: units.some((unit) => nalType(unit) === NAL_IDR),
    hasParameterSets: sps !== undefined && units.some((unit) => nalType(unit) === NAL_PPS),
    hasB: units.some((unit) => nalType(unit) === NAL_SLICE && sliceType(unit) % 5 === 1),
    profile: sps?.[1] ?? null,
  };
}

/** slice_type: the second Exp-Golomb number of a slice's header. */
function sliceType(unit: Uint8Array): number {
  const bits = new BitReader(unit.subarray(1, 17));
  bits.ue();
  return bits.ue();
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #bit(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0;
    return (byte >> (7 - (this.#at++ & 7))) & 1;
  }

  ue(): number {
    let zeros = 0;
    while (zeros < 31 && this.#at < this.#bytes.length * 8 && this.#bit() === 0) zeros++;
    let value = 1;
    for (let i = 0; i < zeros; i++) value = value * 2 + this.#bit();
    return value - 1;
  }
}

/** Profiles that every browser plays: baseline, main, high. */
const PLAYABLE_PROFILES = [66, 77, 100];
export const isPlayable = (profile: number): boolean => PLAYABLE_PROFILES.includes(profile);

/** Keeps a stream's parameter sets and puts them before each key frame, so that a viewer may begin at any of them. */
export class ParameterSets {
  #sps: Uint8Array | undefined;
  #pps: Uint8Array | undefined;

  /** Takes note of parameter sets, wherever they come (in the stream, or beside it). */
  learn(units: readonly Uint8Array[]): void {
    for (const unit of units) {
      // Copies: the memory behind a packet is used again.
      if (nalType(unit) === NAL_SPS) this.#sps = Uint8Array.from(unit);
      if (nalType(unit) === NAL_PPS) this.#pps = Uint8Array.from(unit);
    }
  }

  get profile(): number | null {
    return this.#sps?.[1] ?? null;
  }

  /** The access unit as bytes of its own; null for a key frame whose parameter sets never came. */
  complete(unit: AccessUnit, bytes: Uint8Array): Buffer | null {
    if (!unit.isKeyFrame || unit.hasParameterSets) return Buffer.from(bytes);
    if (!this.#sps || !this.#pps) return null;
    const startCode = Uint8Array.of(0, 0, 0, 1);
    return Buffer.concat([startCode, this.#sps, startCode, this.#pps, bytes]);
  }
}
