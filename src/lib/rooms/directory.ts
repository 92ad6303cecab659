import { randomBytes } from 'node:crypto';
import { and, desc, eq, isNull } from 'drizzle-orm';
import { accountPrincipalId } from '../identity/index.ts';
import { HubError, type PatientStrip, type RoomKind, type RoomRole } from '../signaling/contract/index.ts';
import type { Bus } from '../signaling/bus/index.ts';
import {
  beginBoxService,
  box,
  clinicalCase,
  endBoxService,
  isUniqueViolation,
  room,
  roomParticipant,
  type Database,
} from '../storage/index.ts';
import { whileThere } from './database-away.ts';
import type { NewRoom } from './new-room.ts';

export interface RoomRecord {
  roomId: string;
  kind: RoomKind;
  title: string;
  patient: PatientStrip | null;
  status: 'open' | 'ended';
  openedAtMs: number;
  institutionId: string;
  boxes: { boxId: string; name: string }[];
}

/** The database, or a transaction in it. */
type Queries = Pick<Database, 'select' | 'update' | 'insert'>;

/**
 * What the database knows about rooms: that they exist, who takes part, which box serves them. Everything but
 * `homeChanged` rejects with HubError `unavailable` while the database is away.
 */
export class RoomDirectory {
  readonly #db: Database;
  readonly #bus: Bus;

  constructor(db: Database, bus: Bus) {
    this.#db = db;
    this.#bus = bus;
  }

  find(roomId: string): Promise<RoomRecord | null> {
    return whileThere(async () => {
      const [row] = await this.#db.select().from(room).where(eq(room.id, roomId)).limit(1);
      if (!row) return null;
      return { ...toRecord(row), boxes: await this.#boxOf(row.boxId) };
    });
  }

  async #boxOf(boxId: string | null): Promise<{ boxId: string; name: string }[]> {
    if (!boxId) return [];
    return this.#db
      .select({ boxId: box.id, name: box.name })
      .from(box)
      .where(and(eq(box.id, boxId), eq(box.status, 'enrolled')));
  }

  async create(newRoom: NewRoom, createdBy: { accountId: string; institutionId: string }): Promise<string> {
    const roomId = await whileThere(() => this.#db.transaction((tx) => insertRoom(tx, newRoom, createdBy)));
    await this.homeChanged(roomId);
    return roomId;
  }

  async markEnded(roomId: string): Promise<void> {
    await whileThere(() =>
      this.#db.transaction(async (tx) => {
        await tx
          .update(room)
          .set({ status: 'ended', endedAt: new Date(), boxId: null })
          .where(eq(room.id, roomId));
        await endBoxService(tx, roomId);
      }),
    );
    await this.homeChanged(roomId);
  }

  async participantRole(roomId: string, accountId: string): Promise<RoomRole | null> {
    const [row] = await whileThere(() =>
      this.#db
        .select({ role: roomParticipant.role })
        .from(roomParticipant)
        .where(and(eq(roomParticipant.roomId, roomId), eq(roomParticipant.accountId, accountId)))
        .limit(1),
    );
    return row?.role ?? null;
  }

  /** Open rooms of an account, newest first. */
  async roomsOf(accountId: string): Promise<(RoomRecord & { role: RoomRole })[]> {
    const rows = await whileThere(() =>
      this.#db
        .select({ room, role: roomParticipant.role, boxName: box.name })
        .from(roomParticipant)
        .innerJoin(room, eq(room.id, roomParticipant.roomId))
        .leftJoin(box, eq(box.id, room.boxId))
        .where(and(eq(roomParticipant.accountId, accountId), eq(room.status, 'open')))
        .orderBy(desc(room.createdAt))
        .limit(200),
    );
    return rows.map((row) => ({
      ...toRecord(row.room),
      role: row.role,
      boxes: row.room.boxId && row.boxName ? [{ boxId: row.room.boxId, name: row.boxName }] : [],
    }));
  }

  /**
   * Gives the box to the room, in one transaction, so that it never serves two.
   * @throws {HubError} not_found when the institution has no such box, conflict when it, or the room, is taken.
   */
  attachBox(roomId: string, boxId: string, institutionId: string): Promise<{ name: string }> {
    return whileThere(() => this.#db.transaction((tx) => attachBox(tx, roomId, boxId, institutionId)));
  }

  /** Answers whether the box served this room. */
  async detachBox(roomId: string, boxId: string): Promise<boolean> {
    const freed = await whileThere(() =>
      this.#db.transaction(async (tx) => {
        const rows = await tx
          .update(room)
          .set({ boxId: null })
          .where(and(eq(room.id, roomId), eq(room.boxId, boxId)))
          .returning({ id: room.id });
        if (rows.length > 0) await endBoxService(tx, roomId);
        return rows;
      }),
    );
    return freed.length > 0;
  }

  /** The room that belongs to a case, once it has one. */
  async roomOfCase(caseId: string): Promise<string | null> {
    const [row] = await whileThere(() =>
      this.#db.select({ roomId: clinicalCase.roomId }).from(clinicalCase).where(eq(clinicalCase.id, caseId)),
    );
    return row?.roomId ?? null;
  }

  /** The open room that a box serves. */
  roomOfBox(boxId: string): Promise<string | null> {
    return whileThere(() => roomOfBox(this.#db, boxId));
  }

  /** Tells everybody who takes part that what their home page shows is out of date. Never throws: it is a courtesy. */
  async homeChanged(roomId: string): Promise<void> {
    try {
      const rows = await this.#db
        .select({ accountId: roomParticipant.accountId })
        .from(roomParticipant)
        .where(eq(roomParticipant.roomId, roomId));
      for (const { accountId } of rows) {
        this.#bus.notifyPrincipal(accountPrincipalId(accountId), { type: 'home.changed', data: {} });
      }
    } catch {
      // The database is away; pages ask again by themselves.
    }
  }
}

/**
 * Makes a room within a transaction of somebody else's. All or nothing: a room whose box is taken must not stay behind without one.
 * @throws {HubError} as `attachBox`
 */
export async function insertRoom(
  tx: Queries,
  newRoom: NewRoom,
  createdBy: { accountId: string; institutionId: string },
): Promise<string> {
  const roomId = `r_${randomBytes(12).toString('base64url')}`;
  await tx.insert(room).values({
    id: roomId,
    kind: newRoom.kind,
    title: newRoom.title,
    patient: newRoom.patient,
    status: 'open',
    institutionId: createdBy.institutionId,
    createdBy: createdBy.accountId,
  });
  await tx
    .insert(roomParticipant)
    .values(newRoom.participants.map(({ accountId, role }) => ({ roomId, accountId, role })));
  if (newRoom.boxId) await attachBox(tx, roomId, newRoom.boxId, createdBy.institutionId);
  return roomId;
}

async function attachBox(
  db: Queries,
  roomId: string,
  boxId: string,
  institutionId: string,
): Promise<{ name: string }> {
  const [found] = await db
    .select({ name: box.name })
    .from(box)
    .where(and(eq(box.id, boxId), eq(box.institutionId, institutionId), eq(box.status, 'enrolled')))
    .limit(1);
  if (!found) throw new HubError('not_found', 'no such box in your institution');
  const attached = await db
    .update(room)
    .set({ boxId })
    .where(and(eq(room.id, roomId), eq(room.status, 'open'), isNull(room.boxId)))
    .returning({ id: room.id })
    .catch((error: unknown) => {
      if (isUniqueViolation(error)) throw new HubError('conflict', 'the box serves another room');
      throw error;
    });
  if (attached.length > 0) await beginBoxService(db, roomId, boxId);
  else if ((await roomOfBox(db, boxId)) !== roomId) {
    throw new HubError('conflict', 'the room has another box');
  }
  return found;
}

async function roomOfBox(db: Queries, boxId: string): Promise<string | null> {
  const [row] = await db
    .select({ id: room.id })
    .from(room)
    .where(and(eq(room.boxId, boxId), eq(room.status, 'open')))
    .limit(1);
  return row?.id ?? null;
}

function toRecord(row: typeof room.$inferSelect): Omit<RoomRecord, 'boxes'> {
  return {
    roomId: row.id,
    kind: row.kind,
    title: row.title,
    patient: row.patient,
    status: row.status,
    openedAtMs: row.createdAt.getTime(),
    institutionId: row.institutionId,
  };
}
