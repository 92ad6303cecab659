import type { Principal } from '../identity/index.ts';
import {
  hubCapabilitiesOf,
  HubError,
  REQUESTS,
  roomCapabilitiesOf,
  type BoxReport,
  type HubRequestType,
  type PatientStrip,
  type RequestData,
  type RequestType,
  type RoomKind,
  type RoomRole,
} from '../signaling/contract/index.ts';
import type { Origin, RoomCall } from './call.ts';
import type { BoxCalls } from './box-calls.ts';
import { Homes, type RoomGlance } from './homes.ts';
import { newRoomSchema, type NewRoomInput } from './new-room.ts';
import type { RoomRecord } from './directory.ts';
import type { RoomServices } from './services.ts';

/** One row of somebody's home page, and what the lobby shows before one is in. */
export interface RoomSummary {
  roomId: string;
  kind: RoomKind;
  title: string;
  patient: PatientStrip | null;
  status: 'open' | 'ended';
  openedAtMs: number;
  presentNames: string[];
  waitingCount: number;
  boxName: string | null;
  /** Null for somebody who is not listed and would have to knock. */
  role: RoomRole | null;
}

/** The meetings of the hub: what pages ask about rooms, and where their messages go. */
export class Rooms {
  readonly #services: RoomServices;
  readonly #homes: Homes;
  /** Calls for help from beside boxes. */
  readonly calls: BoxCalls;

  constructor(services: RoomServices) {
    this.#services = services;
    this.#homes = new Homes(services);
    this.calls = services.calls;
  }

  /** Takes a parsed message from a socket. Hub-scope capabilities were checked there, room-scope ones are at the home. */
  dispatch(call: {
    principal: Principal;
    connectionId: string;
    type: RequestType;
    data: unknown;
  }): Promise<unknown> {
    const { principal, type, data } = call;
    if (REQUESTS[type].scope === 'hub') return this.#answerForHub(principal, type as HubRequestType, data);
    const origin = { nodeId: this.#services.bus.nodeId, connectionId: call.connectionId };
    return this.#homes.dispatch({ principal, origin, type, data } as RoomCall);
  }

  async #answerForHub(principal: Principal, type: HubRequestType, data: unknown): Promise<unknown> {
    switch (type) {
      case 'clock.sync':
        return { clientMs: (data as { clientMs: number }).clientMs, hubMs: Date.now() };
      case 'box.hello':
        if (principal.kind !== 'box') throw new HubError('forbidden');
        return {
          boxId: principal.boxId,
          name: principal.name,
          roomId: await this.#services.directory.roomOfBox(principal.boxId),
        };
      case 'box.report':
        if (principal.kind !== 'box') throw new HubError('forbidden');
        return this.#services.fleet.report(principal, data as BoxReport);
      case 'box.call':
        if (principal.kind !== 'box') throw new HubError('forbidden');
        return this.calls.call(principal, data as RequestData<'box.call'>);
      case 'box.cancelCall':
        if (principal.kind !== 'box') throw new HubError('forbidden');
        return this.calls.cancel(principal, (data as RequestData<'box.cancelCall'>).callId);
    }
  }

  connectionClosed(roomIds: readonly string[], origin: Origin): Promise<void> {
    return this.#homes.connectionClosed(roomIds, origin);
  }

  /** Takes over those of these rooms, in which people are connected to this node, that have lost their home. */
  adopt(roomIds: readonly string[]): Promise<void> {
    return this.#homes.adopt(roomIds);
  }

  /** Says that the database says something new of this room: it has ended, or its patient is another. */
  follow(roomId: string): Promise<void> {
    return this.#homes.follow(roomId);
  }

  /** Sends somebody out who takes part no more; whoever is not in the room is left alone. */
  sendOut(roomId: string, memberId: string): Promise<void> {
    return this.#homes.sendOut(roomId, memberId);
  }

  /** Takes a box out of the room that it serves, if it serves one. */
  async releaseBox(boxId: string): Promise<void> {
    const roomId = await this.#services.directory.roomOfBox(boxId);
    if (roomId) await this.#homes.releaseBox(roomId, boxId);
  }

  /** @throws {HubError} forbidden, invalid_message, not_found or conflict (box) */
  async create(principal: Principal, input: NewRoomInput): Promise<{ roomId: string }> {
    if (principal.kind !== 'account' || !hubCapabilitiesOf('account', principal.roles).has('room.create')) {
      throw new HubError('forbidden');
    }
    const parsed = newRoomSchema.safeParse(input);
    if (!parsed.success) {
      throw new HubError('invalid_message', parsed.error.issues.map((issue) => issue.message).join('; '));
    }
    const roomId = await this.#services.directory.create(parsed.data, principal);
    return { roomId };
  }

  /** The open rooms that the person takes part in, newest first. */
  async listFor(principal: Principal): Promise<RoomSummary[]> {
    if (principal.kind !== 'account') return [];
    const records = await this.#services.directory.roomsOf(principal.accountId);
    return Promise.all(
      records.map(async (record) => summary(record, record.role, await this.#glance(record.roomId))),
    );
  }

  /**
   * What somebody may know of a room before being in it: all for those who take part, for others only that there is a
   * door to knock at, never whose.
   * @throws {HubError} not_found
   */
  async summaryFor(principal: Principal, roomId: string): Promise<RoomSummary> {
    const record = await this.#services.directory.find(roomId);
    if (!record) throw new HubError('not_found', 'no such room');
    if (principal.kind === 'account') {
      const role = await this.#services.directory.participantRole(roomId, principal.accountId);
      if (role) return summary(record, role, await this.#glance(roomId));
    }
    if (principal.kind === 'guest') {
      if (principal.roomId !== roomId) throw new HubError('not_found', 'no such room');
      const glance = await this.#glance(roomId);
      return { ...summary(record, principal.role, glance), patient: null };
    }
    if (principal.kind === 'patient') {
      if ((await this.#services.directory.roomOfCase(principal.caseId)) !== roomId)
        throw new HubError('not_found', 'no such room');
      return { ...summary(record, 'patient', await this.#glance(roomId)), patient: null };
    }
    return {
      ...summary(record, null, { presentNames: [], waitingCount: 0 }),
      title: '',
      patient: null,
      boxName: null,
    };
  }

  /**
   * The room for who may read what boxes recorded for it: those who take part by an account, and administrators of the
   * institution that the room belongs to.
   * @throws {HubError} not_found, unavailable
   */
  async recordFor(principal: Principal, roomId: string): Promise<RoomRecord> {
    const record = principal.kind === 'account' ? await this.#services.directory.find(roomId) : null;
    if (principal.kind !== 'account' || !record) throw new HubError('not_found', 'no such room');
    const role = await this.#services.directory.participantRole(roomId, principal.accountId);
    const takesPart = role !== null && roomCapabilitiesOf(record.kind, role, false).has('room.attend');
    const administers =
      principal.institutionId === record.institutionId &&
      hubCapabilitiesOf('account', principal.roles).has('account.manage');
    if (!takesPart && !administers) throw new HubError('not_found', 'no such room');
    return record;
  }

  /** A page without "who is in" beats no page: Redis may be away. */
  #glance(roomId: string): Promise<RoomGlance> {
    return this.#homes.glance(roomId).catch(() => ({ presentNames: [], waitingCount: 0 }));
  }

  close(): Promise<void> {
    return this.#homes.close();
  }
}

function summary(record: RoomRecord, role: RoomRole | null, glance: RoomGlance): RoomSummary {
  const { roomId, kind, title, patient, status, openedAtMs } = record;
  return {
    roomId,
    kind,
    title,
    patient,
    status,
    openedAtMs,
    ...glance,
    boxName: record.boxes[0]?.name ?? null,
    role,
  };
}
