import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localPathsTo } from './local-addresses.ts';
import { PathSelector } from './path-selector.ts';

/** Carriers with a round trip and a loss each, in simulated time. */
class Carriers {
  readonly selector = new PathSelector();
  readonly links: Record<string, { rttMs: number; lossPart: number; up: boolean }>;
  nowMs = 1_000;
  moves: { atMs: number; to: string | null }[] = [];
  #seed: number;
  #pending: { atMs: number; act: () => void }[] = [];

  constructor(names: string[], seed = 1) {
    this.#seed = seed;
    this.links = Object.fromEntries(names.map((name) => [name, { rttMs: 80, lossPart: 0, up: true }]));
    this.selector.setPaths(names);
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  run(durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 10) {
      for (const name of this.selector.checksDue(this.nowMs)) this.#check(name);
      const due = this.#pending.filter(({ atMs }) => atMs <= this.nowMs);
      this.#pending = this.#pending.filter(({ atMs }) => atMs > this.nowMs);
      due.forEach(({ act }) => act());
      if (this.selector.decide(this.nowMs))
        this.moves.push({ atMs: this.nowMs, to: this.selector.choice.active });
    }
  }

  #check(name: string): void {
    const link = this.links[name];
    if (!link) return;
    const { rttMs } = link;
    const arrives = link.up && this.#random() >= link.lossPart;
    this.#pending.push({
      atMs: this.nowMs + (arrives ? rttMs : 600),
      act: () => {
        if (arrives && link.up) this.selector.onAnswer(name, rttMs, this.nowMs);
        else this.selector.onUnanswered(name);
      },
    });
  }

  set(name: string, change: Partial<{ rttMs: number; lossPart: number; up: boolean }>): void {
    Object.assign(this.links[name] ?? {}, change);
  }
}

describe('path selector', () => {
  it('leaves a carrier that is cut within 300 ms, and stays with the new one', () => {
    const carriers = new Carriers(['telecom', 'unicom']);
    carriers.run(3_000);
    const first = carriers.selector.choice.active ?? '';
    const cutAtMs = carriers.nowMs;
    carriers.moves = [];
    carriers.set(first, { up: false });
    carriers.run(2_000);
    expect(carriers.moves).toHaveLength(1);
    expect((carriers.moves[0]?.atMs ?? Infinity) - cutAtMs).toBeLessThanOrEqual(300);
    carriers.set(first, { up: true });
    carriers.run(5_000);
    expect(carriers.moves).toHaveLength(1);
  });

  it('comes back by whichever answers first when all were cut', () => {
    const carriers = new Carriers(['telecom', 'unicom']);
    carriers.run(3_000);
    carriers.set('telecom', { up: false });
    carriers.set('unicom', { up: false });
    carriers.run(60_000);
    carriers.set('unicom', { up: true });
    carriers.run(400);
    expect(carriers.selector.choice.active).toBe('unicom');
  });

  it('is not moved by random loss of 2 %, and moves away from heavy loss', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const carriers = new Carriers(['telecom', 'unicom'], seed);
      carriers.set('telecom', { lossPart: 0.02 });
      carriers.set('unicom', { rttMs: 60 });
      carriers.run(2_000);
      carriers.moves = [];
      carriers.run(30_000);
      expect(carriers.moves.length).toBeLessThanOrEqual(1);
      const { active } = carriers.selector.choice;
      carriers.set(active ?? '', { lossPart: 0.3 });
      carriers.run(20_000);
      expect(carriers.selector.choice.active).not.toBe(active);
    }
  });

  it('sends twice while both lose much, and once again when one is good', () => {
    const carriers = new Carriers(['telecom', 'unicom'], 3);
    carriers.set('telecom', { lossPart: 0.2 });
    carriers.set('unicom', { lossPart: 0.2 });
    carriers.run(30_000);
    expect(carriers.selector.choice.copy).not.toBeNull();
    carriers.set('telecom', { lossPart: 0 });
    carriers.set('unicom', { lossPart: 0 });
    carriers.run(30_000);
    expect(carriers.selector.choice.copy).toBeNull();
  });

  it('takes a carrier that never worked before within a second when the one in use is gone', () => {
    const carriers = new Carriers(['telecom', 'unicom']);
    carriers.set('unicom', { up: false });
    carriers.run(60_000);
    carriers.set('telecom', { up: false });
    carriers.run(10_000);
    const upAtMs = carriers.nowMs;
    carriers.set('unicom', { up: true });
    carriers.run(2_000);
    expect(carriers.selector.choice.active).toBe('unicom');
    expect((carriers.moves.at(-1)?.atMs ?? Infinity) - upAtMs).toBeLessThanOrEqual(1_000);
  });

  it('whatever the carriers do: a working one is in use within a second, and never one that is gone', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      up: fc.boolean(),
      rttMs: fc.integer({ min: 5, max: 150 }),
      lossPart: fc.constantFrom(0, 0.02, 0.05),
    });
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { maxLength: 12 }), (seed, changes) => {
        const carriers = new Carriers(['a', 'b', 'c'], seed);
        for (const { name, ...link } of changes) {
          carriers.set(name, link);
          carriers.run(700);
        }
        carriers.set('b', { up: true, lossPart: 0 });
        carriers.run(1_500);
        expect(carriers.links[carriers.selector.choice.active ?? '']?.up).toBe(true);
        carriers.selector.setPaths(['c']);
        expect(['c', null]).toContain(carriers.selector.choice.active);
      }),
      { numRuns: 1000, seed: 20261125 },
    );
  });
});

describe('ways out of the box', () => {
  const card = (address: string, internal = false) => [
    { address, internal, family: 'IPv4' as const, netmask: '255.255.255.0', mac: '', cidr: null },
  ];
  const interfaces = { lo: card('127.0.0.1', true), wwan0: card('10.1.0.2'), wlan0: card('192.168.1.7') };

  it('leaves one interface, and a hub on this machine, to the system', () => {
    expect(localPathsTo('127.0.0.1', [], false, interfaces)).toEqual([{ name: 'any', address: null }]);
    expect(localPathsTo('203.0.113.5', [], false, { wwan0: interfaces.wwan0 })).toEqual([
      { name: 'any', address: null },
    ]);
    expect(localPathsTo('203.0.113.5', ['wlan0'], false, interfaces)).toEqual([
      { name: 'any', address: null },
    ]);
  });

  it('goes by each of several, in the order that is wanted', () => {
    expect(localPathsTo('203.0.113.5', ['wlan0', 'wwan0'], false, interfaces)).toEqual([
      { name: 'wlan0', address: '192.168.1.7' },
      { name: 'wwan0', address: '10.1.0.2' },
    ]);
  });

  it('keeps the name of the last one left, and has none when all are gone', () => {
    expect(localPathsTo('203.0.113.5', [], true, { wwan0: interfaces.wwan0 })).toEqual([
      { name: 'wwan0', address: '10.1.0.2' },
    ]);
    expect(localPathsTo('203.0.113.5', [], true, { lo: interfaces.lo })).toEqual([]);
  });
});
