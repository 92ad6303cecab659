import { afterEach, describe, expect, it, vi } from 'vitest';
import { Agent } from './agent.ts';
import { BoxClock } from './clock.ts';
import type { Engine, EngineEvents, EngineStats, MediaSignals } from './engine/engine.ts';
import type { RoomEvents, Uplink, UplinkEvents, UplinkRoom } from './uplink/uplink.ts';

/** Hand-driven ends of the agent's two ports: what is tested is only what it asks of them, and when. */
class HandEngine implements Engine {
  state: EngineStats['state'] = 'idle';
  calls: string[] = [];
  failures = 0;
  gate: Promise<void> = Promise.resolve();
  #lost: ((reason: string) => void)[] = [];

  async connect(): Promise<void> {
    this.calls.push('connect');
    this.state = 'connecting';
    await this.gate;
    if (this.failures-- > 0) {
      this.state = 'idle';
      throw new Error('no');
    }
    this.state = 'connected';
  }
  disconnect(): Promise<void> {
    if (this.state !== 'idle') this.calls.push('disconnect');
    this.state = 'idle';
    return Promise.resolve();
  }
  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): void {
    if (event === 'lost') this.#lost.push(listener as (reason: string) => void);
  }
  lose(): void {
    this.state = 'lost';
    for (const listener of this.#lost) listener('test');
  }
  stats(): EngineStats {
    return { state: this.state } as EngineStats;
  }
  requestKeyFrame(): void {}
  sendVitals(): boolean {
    return true;
  }
  syncClock(): void {
    this.calls.push('clock');
  }
}

class HandUplink implements Uplink {
  events!: UplinkEvents;
  rooms: { roomId: string; events: RoomEvents; closed: boolean }[] = [];
  offsetMs = 0;
  readonly #clock: BoxClock;

  constructor(clock: BoxClock) {
    this.#clock = clock;
  }
  start(events: UplinkEvents): void {
    this.events = events;
  }
  joinRoom(roomId: string, events: RoomEvents): UplinkRoom {
    const room = { roomId, events, closed: false };
    this.rooms.push(room);
    return {
      signals: {} as MediaSignals,
      close: () => {
        room.closed = true;
      },
    };
  }
  hubNowMs(): number {
    return this.#clock.nowMs() + this.offsetMs;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const agents: Agent[] = [];
function setUp(): {
  engine: HandEngine;
  uplink: HandUplink;
  clock: BoxClock;
  agent: Agent;
  playing: () => boolean;
} {
  const clock = new BoxClock();
  const engine = new HandEngine();
  const uplink = new HandUplink(clock);
  let playing = false;
  const vitals = { start: () => (playing = true), stop: () => (playing = false) };
  const agent = new Agent({ uplink, engine, clock, vitals, log: () => undefined });
  agents.push(agent);
  agent.start();
  return { engine, uplink, clock, agent, playing: () => playing };
}
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

describe('agent', () => {
  it('streams when it is in the room it was assigned, not before', async () => {
    const { engine, uplink, playing } = setUp();
    uplink.events.assigned('room_1');
    expect(uplink.rooms.map(({ roomId }) => roomId)).toEqual(['room_1']);
    expect(engine.calls).toEqual([]);
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.state).toBe('connected'));
    expect(playing()).toBe(true);
  });

  it('keeps its media over a dropped socket, and builds it again when the hub did not', async () => {
    const { engine, uplink } = setUp();
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.state).toBe('connected'));
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.joined(true);
    expect(uplink.rooms.length).toBe(1);
    expect(engine.calls).toEqual(['connect']);
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.calls).toEqual(['connect', 'connect']));
  });

  it('connects again when the path is lost, and when an attempt fails', async () => {
    const { engine, uplink } = setUp();
    uplink.events.assigned('room_1');
    engine.failures = 1;
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.state).toBe('connected'), { timeout: 3_000 });
    expect(engine.calls).toEqual(['connect', 'connect']);
    engine.lose();
    await vi.waitFor(() => expect(engine.state).toBe('connected'));
    expect(engine.calls.length).toBe(3);
  });

  it('moves to another room, and stops when it has none', async () => {
    const { engine, uplink, playing } = setUp();
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.state).toBe('connected'));
    uplink.events.assigned('room_2');
    expect(uplink.rooms[0]?.closed).toBe(true);
    uplink.rooms[1]?.events.joined(false);
    await vi.waitFor(() => expect(engine.calls.filter((call) => call === 'connect').length).toBe(2));
    await vi.waitFor(() => expect(engine.state).toBe('connected'));
    uplink.events.assigned(null);
    await vi.waitFor(() => expect(engine.state).toBe('idle'));
    expect(playing()).toBe(false);
  });

  it('does not keep streaming when it was sent out while it connected', async () => {
    const { engine, uplink } = setUp();
    let open = (): void => undefined;
    engine.gate = new Promise((resolve) => (open = resolve));
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.state).toBe('connecting'));
    uplink.rooms[0]?.events.dismissed('removed');
    open();
    await vi.waitFor(() => expect(engine.calls).toEqual(['connect', 'disconnect']));
    expect(engine.state).toBe('idle');
  });

  it('enters again when it is assigned the same room after it was sent out', () => {
    const { uplink } = setUp();
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.dismissed('replaced');
    uplink.events.assigned('room_1');
    expect(uplink.rooms.length).toBe(2);
  });

  it("follows the hub's clock", () => {
    const { engine, uplink, clock } = setUp();
    uplink.offsetMs = 250;
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.joined(false);
    expect(clock.hubOffsetMs).toBeCloseTo(250, 0);
    expect(engine.calls[0]).toBe('clock');
  });

  it('ends streaming when it is stopped', async () => {
    const { engine, uplink, agent } = setUp();
    uplink.events.assigned('room_1');
    uplink.rooms[0]?.events.joined(false);
    await vi.waitFor(() => expect(engine.state).toBe('connected'));
    await agent.stop();
    expect(engine.state).toBe('idle');
    expect(uplink.rooms[0]?.closed).toBe(true);
  });
});
