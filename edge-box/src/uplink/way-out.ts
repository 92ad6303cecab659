/** How long the hub may be out of reach by one address before the next is tried: a try of the signalling takes up to 5 s. */
const TRY_MS = 6_000;

export interface Carrier {
  name: string;
  address: string;
}

export interface WayOutFacts {
  /** Interfaces with an address, most wanted first. */
  carriers: readonly Carrier[];
  /** The one that the media go by; null while there are none, or the system chooses. */
  media: string | null;
  /** The hub answers the pings of signalling. */
  isOnline: boolean;
  nowMs: number;
}

/**
 * From which of a box's addresses signalling and requests leave. The media know within 200 ms that a carrier is silent; TCP does not know it for
 * minutes, and the system's routes never. So what works is left alone; when the media move, or the hub does not answer, it goes where the
 * media go, and where there are none, round the carriers until the hub answers. Pure: time is given.
 */
export class WayOut {
  #address: string | null = null;
  #media: string | null = null;
  #triedSinceMs = -Infinity;

  /** Null: as the system's routes say. */
  get address(): string | null {
    return this.#address;
  }

  /** Looks anew; true when it is another address from now on. */
  look({ carriers, media, isOnline, nowMs }: WayOutFacts): boolean {
    if (isOnline || this.#triedSinceMs === -Infinity) this.#triedSinceMs = nowMs;
    const moved = media !== null && this.#media !== null && media !== this.#media;
    this.#media = media ?? this.#media;
    if (carriers.length < 2) return this.#use(null, nowMs);
    const by = carriers.find(({ name }) => name === media);
    if (by && (moved || !isOnline)) return this.#use(by.address, nowMs);
    const place = carriers.findIndex(({ address }) => address === this.#address);
    const isGone = this.#address !== null && place < 0;
    if (!isGone && (by || nowMs - this.#triedSinceMs < TRY_MS)) return false;
    return this.#use(carriers[(place + 1) % carriers.length]!.address, nowMs);
  }

  #use(address: string | null, nowMs: number): boolean {
    if (address === this.#address) return false;
    this.#address = address;
    this.#triedSinceMs = nowMs;
    return true;
  }
}
