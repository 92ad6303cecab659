/** Enough for several seconds of the busiest room; a whole consult has a few hundred events. */
const KEPT_PER_ROOM = 1000;

interface Recent {
  seq: number;
  payload: string;
}

/** The last events that this node logged, room by room, as they were sent. */
export class RecentEvents {
  readonly #rooms = new Map<string, Recent[]>();

  add(roomId: string, seq: number, payload: string): void {
    let events = this.#rooms.get(roomId);
    if (!events) this.#rooms.set(roomId, (events = []));
    events.push({ seq, payload });
    if (events.length > KEPT_PER_ROOM) events.shift();
  }

  /** Those numbered above `afterSeq` and below `beforeSeq`, in order. */
  between(roomId: string, afterSeq: number, beforeSeq: number): Recent[] {
    return (this.#rooms.get(roomId) ?? []).filter(({ seq }) => seq > afterSeq && seq < beforeSeq);
  }

  forget(roomId: string): void {
    this.#rooms.delete(roomId);
  }
}
