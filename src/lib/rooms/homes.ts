import { setTimeout as sleep } from 'node:timers/promises';
import { boxPrincipalId } from '../identity/index.ts';
import { emptyRoom, ERRORS, HubError } from '../signaling/contract/index.ts';
import type { Lease } from '../signaling/bus/index.ts';
import type { Origin, RoomCall } from './call.ts';
import type { RoomRecord } from './directory.ts';
import { releaseBox } from './features/boxes.ts';
import { sendOut } from './features/moderation.ts';
import { handleRoomCall } from './handlers.ts';
import { HomeRoom } from './home-room.ts';
import { restoreRoom } from './restore.ts';
import type { RoomServices } from './services.ts';

/** How long one node waits for another to answer a room message. */
const CALL_TIMEOUT_MS = 8000;

/** Between two tries to tell a home that somebody's connection is gone. */
const TELL_AGAIN_MS = 1000;

/** How often rooms without anybody are looked for; one found empty twice is given up, and opened again when asked for. */
const IDLE_CHECK_MS = 60_000;

/** What a home tells others about a room without their being in it. */
export interface RoomGlance {
  presentNames: string[];
  waitingCount: number;
}

/**
 * The rooms whose home is this node, and the way to those that live elsewhere. A room gets a home when somebody first
 * asks for it (decision 3).
 */
export class Homes {
  readonly #services: RoomServices;
  readonly #rooms = new Map<string, Promise<HomeRoom>>();
  readonly #idleTimer: NodeJS.Timeout;
  #idleBefore = new Set<string>();
  #stopping = false;

  constructor(services: RoomServices) {
    this.#services = services;
    this.#idleTimer = setInterval(() => void this.#releaseIdle(), IDLE_CHECK_MS);
    const { bus, media, log } = services;
    bus.serve('room.call', (call) => this.#handleHere(call as RoomCall));
    bus.serve('room.glance', (roomId) => this.#glanceHere(roomId as string));
    bus.serve('room.releaseBox', (released) =>
      this.#releaseBoxHere(released as { roomId: string; boxId: string }),
    );
    bus.serve('room.follow', async (roomId) => {
      await (await this.#rooms.get(roomId as string))?.followDatabase();
    });
    bus.serve('room.sendOut', (sent) => this.#sendOutHere(sent as { roomId: string; memberId: string }));
    bus.serve('room.connectionClosed', (closed) => {
      const { roomId, origin } = closed as { roomId: string; origin: Origin };
      return this.#connectionClosedHere(roomId, origin);
    });
    bus.leases.onLost((lease) => {
      log.warn({ roomId: lease.roomId, epoch: lease.epoch }, 'another node has taken this room');
      void this.#abandon(lease);
    });
    bus.nodes.onGone((nodeId) => {
      for (const room of this.#rooms.values()) {
        void room
          .then((open) => open.presence.nodeGone(nodeId))
          .catch((error: unknown) => log.warn({ err: error }));
      }
    });
    media.on('roomLost', (roomIds) => {
      for (const roomId of roomIds) {
        void this.#rooms
          .get(roomId)
          ?.then((room) => room.media.lost())
          .catch((error: unknown) => log.error({ roomId, err: error }, 'room not told of its dead worker'));
      }
    });
  }

  /** Carries a room message to the room's home, here or on another node. */
  async dispatch(call: RoomCall): Promise<unknown> {
    const { roomId } = call.data;
    const here = this.#rooms.get(roomId);
    if (here) return this.#handle(await here, call);
    const elsewhere = await this.#homeElsewhere(roomId);
    if (elsewhere)
      return this.#services.bus.request(elsewhere, 'room.call', call, { timeoutMs: CALL_TIMEOUT_MS });
    return this.#handleHere(call);
  }

  /** A socket is gone: each room it was in learns of it, each by itself. */
  async connectionClosed(roomIds: readonly string[], origin: Origin): Promise<void> {
    await Promise.all(
      roomIds.map((roomId) =>
        this.#tellHome(roomId, 'room.connectionClosed', { roomId, origin }, () =>
          this.#connectionClosedHere(roomId, origin),
        ),
      ),
    );
  }

  /** The database says something new of this room; one without a home learns it when it gets one. */
  async follow(roomId: string): Promise<void> {
    await this.#tellHome(roomId, 'room.follow', roomId, async () =>
      (await this.#rooms.get(roomId))?.followDatabase(),
    );
    // A room that was made with a box has no home yet: the box comes in first, when it hears of it.
    const record = await this.#services.directory.find(roomId);
    for (const { boxId } of record?.status === 'open' ? record.boxes : [])
      this.#services.bus.notifyPrincipal(boxPrincipalId(boxId), { type: 'box.assigned', data: { roomId } });
  }

  /** Somebody takes part no more; who is not there is not sent out. */
  async sendOut(roomId: string, memberId: string): Promise<void> {
    const sent = { roomId, memberId };
    await this.#tellHome(roomId, 'room.sendOut', sent, () => this.#sendOutHere(sent));
  }

  async #sendOutHere({ roomId, memberId }: { roomId: string; memberId: string }): Promise<void> {
    const room = await this.#rooms.get(roomId);
    if (room?.state.members[memberId]) await sendOut({ room, services: this.#services }, memberId, 'left');
  }

  /**
   * Tells the home what has happened already, again and again while it cannot be reached: who is not known to be gone would stay for ever, as
   * host perhaps, and what has ended would go on.
   */
  async #tellHome(
    roomId: string,
    method: string,
    told: unknown,
    here: () => Promise<unknown>,
  ): Promise<void> {
    for (;;) {
      try {
        const elsewhere = this.#rooms.has(roomId) ? null : await this.#homeElsewhere(roomId);
        if (!elsewhere) await here();
        else await this.#services.bus.request(elsewhere, method, told, { timeoutMs: CALL_TIMEOUT_MS });
        return;
      } catch (error) {
        if (this.#stopping || !(error instanceof HubError) || !ERRORS[error.code].retry) throw error;
        await sleep(TELL_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  /** Takes a box out of a room without anybody in it having asked. */
  async releaseBox(roomId: string, boxId: string): Promise<void> {
    const elsewhere = this.#rooms.has(roomId) ? null : await this.#homeElsewhere(roomId);
    if (!elsewhere) return this.#releaseBoxHere({ roomId, boxId });
    await this.#services.bus.request(
      elsewhere,
      'room.releaseBox',
      { roomId, boxId },
      { timeoutMs: CALL_TIMEOUT_MS },
    );
  }

  async #releaseBoxHere({ roomId, boxId }: { roomId: string; boxId: string }): Promise<void> {
    await releaseBox({ room: await this.#open(roomId), services: this.#services }, boxId);
  }

  async glance(roomId: string): Promise<RoomGlance> {
    const elsewhere = this.#rooms.has(roomId) ? null : await this.#homeElsewhere(roomId);
    if (!elsewhere) return this.#glanceHere(roomId);
    return (await this.#services.bus.request(elsewhere, 'room.glance', roomId, {
      timeoutMs: CALL_TIMEOUT_MS,
    })) as RoomGlance;
  }

  /**
   * Gives a home to each of these rooms that has lost its own: people are connected to them here, and would wait for a
   * node that is gone. Taking one over says `room.rehomed`, on which they build their media again.
   */
  async adopt(roomIds: readonly string[]): Promise<void> {
    const { bus, log } = this.#services;
    if (!bus.ready || this.#stopping) return;
    for (const roomId of roomIds) {
      if (this.#rooms.has(roomId) || (await bus.leases.holder(roomId))) continue;
      await this.#open(roomId).catch((error: unknown) => {
        log.warn({ roomId, err: error }, 'room without a home not taken over this time');
      });
    }
  }

  async #homeElsewhere(roomId: string): Promise<string | null> {
    if (!this.#services.bus.ready) throw new HubError('unavailable');
    const holder = await this.#services.bus.leases.holder(roomId);
    return holder && holder.nodeId !== this.#services.bus.nodeId ? holder.nodeId : null;
  }

  async #handleHere(call: RoomCall): Promise<unknown> {
    return this.#handle(await this.#open(call.data.roomId), call);
  }

  #handle(room: HomeRoom, call: RoomCall): Promise<unknown> {
    const { principal, origin } = call;
    return handleRoomCall(call, { room, services: this.#services, principal, origin });
  }

  async #connectionClosedHere(roomId: string, origin: Origin): Promise<void> {
    const room = await this.#rooms.get(roomId);
    await room?.presence.connectionClosed(origin);
  }

  async #glanceHere(roomId: string): Promise<RoomGlance> {
    const room = await this.#rooms.get(roomId);
    if (!room) return { presentNames: [], waitingCount: 0 };
    return {
      presentNames: Object.values(room.state.members)
        .filter((member) => member.role !== 'box')
        .map((member) => member.name),
      waitingCount: Object.keys(room.state.knocks).length,
    };
  }

  #open(roomId: string): Promise<HomeRoom> {
    if (this.#stopping) throw new HubError('unavailable', 'this node is stopping');
    const open = this.#rooms.get(roomId);
    if (open) return open;
    const opening = this.#claim(roomId);
    this.#rooms.set(roomId, opening);
    opening.catch(() => this.#rooms.delete(roomId));
    return opening;
  }

  async #claim(roomId: string): Promise<HomeRoom> {
    const { bus, directory, log } = this.#services;
    const record = await directory.find(roomId);
    if (!record) throw new HubError('not_found', 'no such room');
    const claim = await bus.leases.claim(roomId);
    if ('heldBy' in claim) throw new HubError('unavailable', 'the room is moving to another node; try again');
    try {
      const state = await restoreRoom(this.#services, emptyRoom(record));
      const room = new HomeRoom(claim.lease, state, this.#services);
      await this.#takeOver(room, record);
      log.info({ roomId, epoch: claim.lease.epoch, seq: state.seq }, 'room opened');
      return room;
    } catch (error) {
      await bus.leases.release(claim.lease).catch(() => undefined);
      throw error;
    }
  }

  /** A new home starts without media and without connections; the members it inherits have the grace time to return. */
  async #takeOver(room: HomeRoom, { boxes }: RoomRecord): Promise<void> {
    // What changed in the database while the room had no home, or while it got this one: its end is finished here.
    await room.followDatabase();
    if (room.state.status === 'ended') return;
    if (Object.keys(room.state.members).length > 0 || Object.keys(room.state.knocks).length > 0) {
      await room.commitWhenPossible(() => ({ type: 'room.rehomed', data: {} }));
      for (const memberId of Object.keys(room.state.members)) room.presence.startGrace(memberId);
    }
    for (const box of boxes) {
      await room.commitWhenPossible((state) =>
        state.status === 'ended' || state.boxes[box.boxId] ? null : { type: 'box.attached', data: box },
      );
    }
  }

  async #abandon(lease: Lease): Promise<void> {
    const room = await this.#rooms.get(lease.roomId)?.catch(() => undefined);
    if (!room || room.lease.epoch !== lease.epoch) return;
    this.#rooms.delete(lease.roomId);
    room.abandon();
  }

  async #releaseIdle(): Promise<void> {
    if (!this.#services.bus.ready) return;
    const idleNow = new Set<string>();
    for (const [roomId, opening] of this.#rooms) {
      const room = await opening.catch(() => null);
      if (!room || Object.keys(room.state.members).length + Object.keys(room.state.knocks).length > 0)
        continue;
      if (!this.#idleBefore.has(roomId)) {
        idleNow.add(roomId);
        continue;
      }
      this.#rooms.delete(roomId);
      await room.release();
    }
    this.#idleBefore = idleNow;
  }

  /** Gives every room up in order. */
  async close(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#idleTimer);
    const rooms = await Promise.allSettled(this.#rooms.values());
    for (const room of rooms) {
      if (room.status === 'fulfilled') await room.value.release();
    }
    this.#rooms.clear();
  }
}
