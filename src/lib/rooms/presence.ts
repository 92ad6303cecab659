import type { Origin } from './call.ts';
import type { HomeRoom } from './home-room.ts';
import { nextHost } from './host.ts';
import type { RoomServices } from './services.ts';

/**
 * Which connection each member, and each person in the lobby, is on. A member whose connection goes keeps its place
 * (and its media, which does not need signalling) for a grace time; then it counts as lost.
 */
export class Presence {
  readonly #room: HomeRoom;
  readonly #services: RoomServices;
  readonly #origins = new Map<string, Origin>();
  readonly #knockOrigins = new Map<string, Origin>();
  readonly #graceTimers = new Map<string, NodeJS.Timeout>();
  /** Admitted from the lobby, not yet joined. */
  readonly admitted = new Set<string>();

  constructor(room: HomeRoom, services: RoomServices) {
    this.#room = room;
    this.#services = services;
  }

  originOf(memberId: string): Origin | undefined {
    return this.#origins.get(memberId);
  }

  knockOriginOf(memberId: string): Origin | undefined {
    return this.#knockOrigins.get(memberId);
  }

  isFrom(memberId: string, origin: Origin): boolean {
    return sameOrigin(this.#origins.get(memberId), origin);
  }

  /** Puts the member on this connection; answers the one that it was on before, if that was another. */
  arrive(memberId: string, origin: Origin): Origin | undefined {
    this.#stopGrace(memberId);
    const before = this.#origins.get(memberId);
    this.#origins.set(memberId, origin);
    return before && !sameOrigin(before, origin) ? before : undefined;
  }

  /** It could not come in after all; it is not here, or only as somebody whose signalling is away. */
  notArrived(memberId: string, origin: Origin): void {
    if (!this.isFrom(memberId, origin)) return;
    this.#memberAway(memberId).catch((error: unknown) => {
      this.#services.log.warn({ roomId: this.#room.roomId, err: error }, 'absence of a member not announced');
    });
  }

  knock(memberId: string, origin: Origin): void {
    this.#knockOrigins.set(memberId, origin);
  }

  forgetKnock(memberId: string): void {
    this.#knockOrigins.delete(memberId);
  }

  forget(memberId: string): void {
    this.#stopGrace(memberId);
    this.#origins.delete(memberId);
  }

  /** The signalling of this connection is gone. */
  async connectionClosed(origin: Origin): Promise<void> {
    for (const [memberId, knockOrigin] of this.#knockOrigins) {
      if (!sameOrigin(knockOrigin, origin)) continue;
      this.#knockOrigins.delete(memberId);
      await this.#room.commitWhenPossible((state) =>
        state.knocks[memberId] && !this.#knockOrigins.has(memberId)
          ? { type: 'lobby.closed', data: { memberId, outcome: 'withdrawn' } }
          : null,
      );
    }
    for (const [memberId, memberOrigin] of this.#origins) {
      if (sameOrigin(memberOrigin, origin)) await this.#memberAway(memberId);
    }
  }

  /** Every connection of a node that died. */
  async nodeGone(nodeId: string): Promise<void> {
    const origins = [...this.#origins.values(), ...this.#knockOrigins.values()];
    for (const origin of origins.filter((each) => each.nodeId === nodeId))
      await this.connectionClosed(origin);
  }

  async #memberAway(memberId: string): Promise<void> {
    this.#origins.delete(memberId);
    this.startGrace(memberId);
    await this.#room.commitWhenPossible((state) =>
      state.members[memberId]?.connected && !this.#origins.has(memberId)
        ? { type: 'member.connected', data: { memberId, connected: false } }
        : null,
    );
  }

  startGrace(memberId: string): void {
    this.#stopGrace(memberId);
    const timer = setTimeout(() => {
      this.#graceTimers.delete(memberId);
      // Nobody can come back while the log is away, and media flows on: the time counts from its return.
      if (!this.#services.bus.ready) return this.startGrace(memberId);
      this.#lose(memberId).catch((error: unknown) => {
        this.#services.log.warn({ roomId: this.#room.roomId, err: error }, 'lost member not removed');
      });
    }, this.#services.memberGraceMs);
    this.#graceTimers.set(memberId, timer);
  }

  async #lose(memberId: string): Promise<void> {
    const gone = await this.#room.commitWhenPossible((state) =>
      state.members[memberId] && !this.#origins.has(memberId)
        ? { type: 'member.left', data: { memberId, reason: 'lost' } }
        : null,
    );
    if (gone === null) return;
    this.#room.media.endSession(memberId);
    await this.#room.commitWhenPossible(nextHost);
    await this.#services.directory.homeChanged(this.#room.roomId);
  }

  #stopGrace(memberId: string): void {
    clearTimeout(this.#graceTimers.get(memberId));
    this.#graceTimers.delete(memberId);
  }

  close(): void {
    for (const timer of this.#graceTimers.values()) clearTimeout(timer);
    this.#graceTimers.clear();
  }
}

function sameOrigin(one: Origin | undefined, other: Origin): boolean {
  return one !== undefined && one.nodeId === other.nodeId && one.connectionId === other.connectionId;
}
