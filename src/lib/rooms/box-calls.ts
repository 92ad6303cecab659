import { and, asc, eq, gt, or, sql } from 'drizzle-orm';
import { accountPrincipalId, boxPrincipalId } from '../identity/index.ts';
import type { AccountPrincipal, BoxPrincipal, Principal } from '../identity/index.ts';
import {
  hubCapabilitiesOf,
  HubError,
  roomCapabilitiesOf,
  rolesIn,
  type AccountRole,
  type BoxCall,
  type RoomKind,
  type RoomRole,
} from '../signaling/contract/index.ts';
import type { Bus } from '../signaling/bus/index.ts';
import { account, box, boxCall, roomParticipant, type Database } from '../storage/index.ts';
import { whileThere } from './database-away.ts';
import type { RoomDirectory } from './directory.ts';

/** Ours: who has not been answered by then is better told so than left waiting. */
const CALL_VALID_MS = 10 * 60_000;

/** A call as those see it who may answer it. */
export interface OpenCall {
  callId: string;
  boxName: string;
  institutionName: string;
  reason: string | null;
  sinceMs: number;
  expiresAtMs: number;
}

type StaffRole = Exclude<RoomRole, 'box' | 'patient'>;
type Row = typeof boxCall.$inferSelect;

/** Calls for help from beside a box: the box's institution and every dispatcher see them, one of them answers. */
export class BoxCalls {
  readonly #db: Database;
  readonly #bus: Bus;
  readonly #directory: RoomDirectory;

  constructor(db: Database, bus: Bus, directory: RoomDirectory) {
    this.#db = db;
    this.#bus = bus;
    this.#directory = directory;
  }

  /** Opens it, or answers how it stands. @throws {HubError} conflict: the id is another box's */
  async call(from: BoxPrincipal, { callId, reason }: { callId: string; reason?: string }): Promise<BoxCall> {
    const { row, isNew } = await whileThere(() =>
      this.#db.transaction(async (tx) => {
        const [known] = await tx.select().from(boxCall).where(eq(boxCall.id, callId));
        if (known) return { row: known, isNew: false };
        // A box calls once at a time; what it called before, it has forgotten.
        await tx
          .update(boxCall)
          .set({ state: 'cancelled', settledAt: new Date() })
          .where(and(eq(boxCall.boxId, from.boxId), eq(boxCall.state, 'open')));
        const expiresAt = new Date(Date.now() + CALL_VALID_MS);
        const [made] = await tx
          .insert(boxCall)
          .values({ id: callId, boxId: from.boxId, reason: reason ?? null, expiresAt })
          .returning();
        return { row: made as Row, isNew: true };
      }),
    );
    if (row.boxId !== from.boxId) throw new HubError('conflict', 'the call id is taken');
    if (isNew) await this.#tellHomes(from.institutionId);
    return this.#toBoxCall(row);
  }

  /** By the box. @throws {HubError} not_found */
  async cancel(from: BoxPrincipal, callId: string): Promise<BoxCall> {
    const own = and(eq(boxCall.id, callId), eq(boxCall.boxId, from.boxId));
    const row = await whileThere(async () => {
      const [cancelled] = await this.#db
        .update(boxCall)
        .set({ state: 'cancelled', settledAt: new Date() })
        .where(and(own, eq(boxCall.state, 'open')))
        .returning();
      return cancelled ?? (await this.#db.select().from(boxCall).where(own))[0];
    });
    if (!row) throw new HubError('not_found', 'no such call of this box');
    await this.#tellHomes(from.institutionId);
    return this.#toBoxCall(row);
  }

  /** What this person could answer now, the one that waits longest first. */
  async listFor(principal: Principal): Promise<OpenCall[]> {
    if (!mayAnswerSome(principal)) return [];
    const rows = await whileThere(() => this.#openFor(principal));
    return rows.map(({ call, boxName, institutionName }) => ({
      callId: call.id,
      boxName,
      institutionName,
      reason: call.reason,
      sinceMs: call.createdAt.getTime(),
      expiresAtMs: call.expiresAt.getTime(),
    }));
  }

  #openFor({ institutionId, roles }: AccountPrincipal, callId?: string) {
    return this.#db
      .select({
        call: boxCall,
        boxName: box.name,
        boxInstitutionId: box.institutionId,
        institutionName: sql<string>`(SELECT name FROM institution WHERE id = ${box.institutionId})`,
      })
      .from(boxCall)
      .innerJoin(box, eq(box.id, boxCall.boxId))
      .where(
        and(
          eq(boxCall.state, 'open'),
          gt(boxCall.expiresAt, new Date()),
          eq(box.status, 'enrolled'),
          roles.includes('dispatcher') ? undefined : eq(box.institutionId, institutionId),
          callId === undefined ? undefined : eq(boxCall.id, callId),
        ),
      )
      .orderBy(asc(boxCall.createdAt))
      .limit(50);
  }

  /**
   * The room to go to: the one that the box serves, or a new one with the box in it.
   * @throws {HubError} forbidden, not_found: settled already, or never this person's to answer
   */
  async answer(principal: Principal, callId: string): Promise<{ roomId: string }> {
    const { by, found } = await this.#claim(principal, callId, 'answered');
    try {
      const roomId = await this.#roomFor(by, found);
      const [row] = await this.#db.update(boxCall).set({ roomId }).where(eq(boxCall.id, callId)).returning();
      await this.#told(row as Row, found.boxInstitutionId);
      return { roomId };
    } catch (error) {
      // Nobody has answered after all.
      await this.#db
        .update(boxCall)
        .set({ state: 'open', settledAt: null, settledBy: null })
        .where(eq(boxCall.id, callId));
      throw error;
    }
  }

  /** @throws {HubError} forbidden, not_found */
  async decline(principal: Principal, callId: string): Promise<void> {
    const { row, found } = await this.#claim(principal, callId, 'declined');
    await this.#told(row, found.boxInstitutionId);
  }

  /** Of two who answer at once, one does. */
  async #claim(principal: Principal, callId: string, state: 'answered' | 'declined') {
    if (!mayAnswerSome(principal)) throw new HubError('forbidden');
    return whileThere(async () => {
      const [found] = await this.#openFor(principal, callId);
      const [row] = found
        ? await this.#db
            .update(boxCall)
            .set({ state, settledAt: new Date(), settledBy: principal.accountId })
            .where(and(eq(boxCall.id, callId), eq(boxCall.state, 'open')))
            .returning()
        : [];
      if (!found || !row) throw new HubError('not_found', 'this call is settled already');
      return { by: principal, found, row };
    });
  }

  async #roomFor(
    by: AccountPrincipal,
    { call, boxName, boxInstitutionId }: { call: Row; boxName: string; boxInstitutionId: string },
  ): Promise<string> {
    const serving = await this.#directory.roomOfBox(call.boxId);
    const served = serving ? await this.#directory.find(serving) : null;
    if (served) {
      const role = roleIn(served.kind, by.roles);
      await whileThere(() =>
        this.#db
          .insert(roomParticipant)
          .values({ roomId: served.roomId, accountId: by.accountId, role })
          .onConflictDoNothing(),
      );
      return served.roomId;
    }
    const roomId = await this.#directory.create(
      {
        kind: 'consult',
        title: boxName,
        patient: null,
        participants: [{ accountId: by.accountId, role: roleIn('consult', by.roles) }],
        boxId: call.boxId,
      },
      { accountId: by.accountId, institutionId: boxInstitutionId },
    );
    this.#bus.notifyPrincipal(boxPrincipalId(call.boxId), { type: 'box.assigned', data: { roomId } });
    return roomId;
  }

  async #told(row: Row, institutionId: string): Promise<void> {
    const data = await this.#toBoxCall(row);
    this.#bus.notifyPrincipal(boxPrincipalId(row.boxId), { type: 'box.callChanged', data });
    await this.#tellHomes(institutionId);
  }

  async #toBoxCall(row: Row): Promise<BoxCall> {
    const [by] = row.settledBy
      ? await whileThere(() =>
          this.#db
            .select({ name: account.displayName })
            .from(account)
            .where(eq(account.id, row.settledBy as string)),
        )
      : [];
    const expiresAtMs = row.expiresAt.getTime();
    return {
      callId: row.id,
      state: row.state === 'open' && expiresAtMs <= Date.now() ? 'expired' : row.state,
      by: by?.name ?? null,
      roomId: row.roomId,
      expiresAtMs,
    };
  }

  /** A courtesy: home pages also ask by themselves. */
  async #tellHomes(institutionId: string): Promise<void> {
    const concerned = await this.#db
      .select({ accountId: account.id })
      .from(account)
      .where(or(eq(account.institutionId, institutionId), sql`'dispatcher' = ANY(${account.roles})`))
      .catch(() => []);
    for (const { accountId } of concerned)
      this.#bus.notifyPrincipal(accountPrincipalId(accountId), { type: 'home.changed', data: {} });
  }
}

/** Whoever may open a room may open one for a call. */
function mayAnswerSome(principal: Principal): principal is AccountPrincipal {
  return principal.kind === 'account' && hubCapabilitiesOf('account', principal.roles).has('room.create');
}

/** What somebody who answers is in the room: one who may lead it, as near to the own profession as the room has. */
function roleIn(kind: RoomKind, roles: readonly AccountRole[]): StaffRole {
  const known = rolesIn(kind).filter((role) => role !== 'box' && role !== 'patient');
  const own = known.find(
    (role) =>
      (roles as readonly string[]).includes(role) && roomCapabilitiesOf(kind, role, false).has('host.hold'),
  );
  if (own) return own;
  return roles.includes('surgeon') && kind !== 'surgery' ? 'specialist' : 'dispatcher';
}
