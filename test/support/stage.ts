import type { Hub } from '../../src/hub.ts';
import type { Principal } from '../../src/lib/identity/index.ts';
import type { Notice, RoomKind, RoomState } from '../../src/lib/signaling/contract/index.ts';
import { Cast, type Outcome } from './cast.ts';

/** A room with its cast, who come in when told to, and what each of them is told. */
export class Stage {
  readonly cast: Cast;
  readonly #hub: Hub;
  readonly #told: { to: string; notice: Notice }[] = [];

  private constructor(hub: Hub, cast: Cast) {
    this.#hub = hub;
    this.cast = cast;
    hub.inside.bus.onConnectionNotice((to, notice) => this.#told.push({ to, notice }));
    hub.inside.bus.onPrincipalNotice((to, notice) => this.#told.push({ to, notice }));
  }

  static async open(hub: Hub, kind: RoomKind = 'consult'): Promise<Stage> {
    return new Stage(hub, await new Cast(hub).gather(kind));
  }

  /** The same room and people at a hub that was started later; only for what they ask there. */
  at(hub: Hub): Stage {
    const cast = new Cast(hub);
    cast.roomId = this.roomId;
    for (const [role, principal] of this.cast.principals) cast.principals.set(role, principal);
    return new Stage(hub, cast);
  }

  get roomId(): string {
    return this.cast.roomId;
  }

  as(role: string): Principal {
    return this.cast.as(role);
  }

  ask(who: Principal | string, type: string, data: object = {}): Promise<Outcome> {
    const principal = typeof who === 'string' ? this.as(who) : who;
    return this.cast.ask(principal, type, { roomId: this.roomId, ...data });
  }

  /** As `ask`, for what has to work. */
  async do(who: Principal | string, type: string, data: object = {}): Promise<Record<string, unknown>> {
    const outcome = await this.ask(who, type, data);
    if (outcome.code !== 'ok') throw new Error(`${type}: ${outcome.code} ${outcome.message}`);
    return outcome.data as Record<string, unknown>;
  }

  /** The same person by a second connection. */
  askElsewhere(who: string, type: 'room.join' | 'hand.raise', data: object = {}): Promise<unknown> {
    return this.#hub.rooms.dispatch({
      principal: this.as(who),
      connectionId: `c_second_${this.as(who).principalId}`,
      type,
      data: { roomId: this.roomId, ...data },
    });
  }

  async enter(...roles: string[]): Promise<void> {
    for (const role of roles) await this.do(role, 'room.join');
  }

  /** The signalling of this person is gone. */
  drop(who: Principal | string): Promise<void> {
    const { principalId } = typeof who === 'string' ? this.as(who) : who;
    const origin = { nodeId: this.#hub.nodeId, connectionId: `c_${principalId}` };
    return this.#hub.rooms.connectionClosed([this.roomId], origin);
  }

  state(): Promise<RoomState> {
    return this.cast.state();
  }

  async member(role: string) {
    return (await this.state()).members[this.as(role).principalId];
  }

  /** What this person has been told by this type of notice, by connection or by name. */
  toldTo(who: Principal | string, type: Notice['type']): object[] {
    const { principalId } = typeof who === 'string' ? this.as(who) : who;
    const names = [principalId, `c_${principalId}`];
    return this.#told
      .filter(({ to, notice }) => names.includes(to) && notice.type === type)
      .map(({ notice }) => notice.data);
  }
}
