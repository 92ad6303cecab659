import { eq } from 'drizzle-orm';
import type { Hub } from '../../src/hub.ts';
import type {
  AccountPrincipal,
  BoxPrincipal,
  GuestPrincipal,
  Principal,
} from '../../src/lib/identity/index.ts';
import {
  ACCOUNT_ROLES,
  applyEvent,
  emptyRoom,
  HubError,
  rolesIn,
  type AccountRole,
  type RoomKind,
  type RoomRole,
  type RoomState,
} from '../../src/lib/signaling/contract/index.ts';
import { ConnectionLimits } from '../../src/lib/signaling/server/limits.ts';
import { parseRequest } from '../../src/lib/signaling/server/receive.ts';
import { account, box, institution, invitation, room } from '../../src/lib/storage/index.ts';

/** Limits that let everything through: what a flood meets is tested over sockets. */
class NoLimits extends ConnectionLimits {
  override take(): boolean {
    return true;
  }
}

export interface Outcome {
  code: string;
  message: string;
  data?: unknown;
}

/** Everybody who may be in a room of one kind, each by a connection of its own. */
export class Cast {
  readonly #hub: Hub;
  readonly #limits = new NoLimits(0);
  readonly principals = new Map<string, Principal>();
  roomId = '';
  #state!: RoomState;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** What a socket of this person would be answered: the way in is the real one, from parsing to the home. */
  async ask(who: Principal, type: string, payload: unknown): Promise<Outcome> {
    try {
      const request = parseRequest(type, payload, { principal: who, limits: this.#limits, nowMs: 0 });
      const data = await this.#hub.rooms.dispatch({
        principal: who,
        connectionId: `c_${who.principalId}`,
        type: request.type,
        data: request.data,
      });
      return { code: 'ok', message: '', data };
    } catch (error) {
      if (error instanceof HubError) return { code: error.code, message: error.message };
      throw error;
    }
  }

  as(role: string): Principal {
    const principal = this.principals.get(role);
    if (!principal) throw new Error(`no ${role} in this cast`);
    return principal;
  }

  async gather(kind: RoomKind): Promise<this> {
    const { db } = this.#hub.inside;
    const tag = `${kind}-${Math.random().toString(36).slice(2, 8)}`;
    const institutionId = `i_${tag}`;
    await db.insert(institution).values({ id: institutionId, name: `医院 ${tag}` });
    const roles = rolesIn(kind).filter((role): role is RoomRole & AccountRole =>
      (ACCOUNT_ROLES as readonly string[]).includes(role),
    );
    for (const role of roles) this.principals.set(role, await this.#account(tag, role, institutionId));
    const boxId = `x_${tag}`;
    await db.insert(box).values({
      id: boxId,
      name: '瑞视盒',
      institutionId,
      publicKey: `key-${tag}`,
      status: 'enrolled',
      enrolledAt: new Date(),
    });
    const creator = [...this.principals.values()].find((principal) => principal.kind === 'account')!;
    const created = await this.#hub.rooms.create(
      { ...(creator as AccountPrincipal), roles: ['dispatcher'] },
      {
        kind,
        title: tag,
        patient: null,
        participants: roles.map((role) => ({
          accountId: (this.as(role) as AccountPrincipal).accountId,
          role,
        })),
        boxId,
      },
    );
    this.roomId = created.roomId;
    this.#state = emptyRoom({ roomId: this.roomId, kind, title: tag, patient: null, openedAtMs: 0 });
    const boxPrincipal: BoxPrincipal = {
      kind: 'box',
      principalId: `b_${boxId}`,
      boxId,
      name: '瑞视盒',
      institutionId,
    };
    this.principals.set('box', boxPrincipal);
    if (rolesIn(kind).includes('patient'))
      this.principals.set('patient', await this.#guest(tag, creator as AccountPrincipal));
    return this;
  }

  async #account(tag: string, role: AccountRole, institutionId: string): Promise<AccountPrincipal> {
    const accountId = `${role}-${tag}`;
    await this.#hub.inside.db.insert(account).values({
      id: accountId,
      username: accountId,
      displayName: role,
      passwordHash: 'none',
      roles: [role],
      institutionId,
    });
    return {
      kind: 'account',
      principalId: `a_${accountId}`,
      accountId,
      name: role,
      roles: [role],
      institutionId,
    };
  }

  async #guest(tag: string, createdBy: AccountPrincipal): Promise<GuestPrincipal> {
    const id = `v_${tag}`;
    const expiresAtMs = Date.now() + 3_600_000;
    await this.#hub.inside.db.insert(invitation).values({
      id,
      tokenHash: id,
      roomId: this.roomId,
      role: 'patient',
      name: '患者',
      createdBy: createdBy.accountId,
      expiresAt: new Date(expiresAtMs),
    });
    return {
      kind: 'guest',
      principalId: `g_${id}`,
      invitationId: id,
      name: '患者',
      roomId: this.roomId,
      role: 'patient',
      expiresAtMs,
    };
  }

  /** Lets everybody in; the first clinician becomes host and admits the patient. */
  async enterAll(): Promise<void> {
    const { roomId } = this;
    for (const [role, principal] of this.principals) {
      if (role === 'patient') continue;
      const outcome = await this.ask(principal, 'room.join', { roomId });
      if (outcome.code !== 'ok')
        throw new Error(`${role} could not join: ${outcome.code} ${outcome.message}`);
    }
    const patient = this.principals.get('patient');
    if (!patient) return;
    await this.ask(patient, 'room.join', { roomId });
    await this.ask(await this.host(), 'lobby.admit', { roomId, memberId: patient.principalId });
    await this.ask(patient, 'room.join', { roomId });
  }

  async host(): Promise<Principal> {
    const { hostMemberId } = await this.state();
    return [...this.principals.values()].find((principal) => principal.principalId === hostMemberId)!;
  }

  /** The room as the log has it, brought up to date. */
  async state(): Promise<RoomState> {
    const events = await this.#hub.inside.bus.log.readSince(this.roomId, this.#state.seq);
    if (events === 'trimmed') throw new Error('looked at too seldom: the log was trimmed');
    this.#state = events.reduce(applyEvent, this.#state);
    return this.#state;
  }

  async isOpen(): Promise<boolean> {
    const [row] = await this.#hub.inside.db
      .select({ status: room.status })
      .from(room)
      .where(eq(room.id, this.roomId));
    return row?.status === 'open';
  }
}
