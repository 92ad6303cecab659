import { describe, expect, it } from 'vitest';
import { WayOut } from './way-out.ts';

const telecom = { name: 'wwan0', address: '10.0.1.2' };
const unicom = { name: 'wwan1', address: '10.0.2.2' };
const BOTH = [telecom, unicom];

describe('the address that signalling leaves from', () => {
  it('is left to the system where there is one carrier', () => {
    const way = new WayOut();
    for (const nowMs of [0, 60_000])
      expect(way.look({ carriers: [telecom], media: null, isOnline: false, nowMs })).toBe(false);
    expect(way.address).toBeNull();
  });

  it('stays with what works, and follows the media when they move', () => {
    const way = new WayOut();
    expect(way.look({ carriers: BOTH, media: 'wwan0', isOnline: true, nowMs: 0 })).toBe(false);
    expect(way.look({ carriers: BOTH, media: 'wwan1', isOnline: true, nowMs: 400 })).toBe(true);
    expect(way.address).toBe(unicom.address);
    // Of another path over the same carrier nothing is known meanwhile.
    expect(way.look({ carriers: BOTH, media: null, isOnline: true, nowMs: 600 })).toBe(false);
    expect(way.look({ carriers: BOTH, media: 'wwan1', isOnline: true, nowMs: 800 })).toBe(false);
    expect(way.look({ carriers: BOTH, media: 'wwan0', isOnline: true, nowMs: 1_000 })).toBe(true);
    expect(way.address).toBe(telecom.address);
  });

  it('goes where the media go when the hub does not answer, and no further while they flow', () => {
    const way = new WayOut();
    way.look({ carriers: BOTH, media: 'wwan1', isOnline: true, nowMs: 0 });
    expect(way.look({ carriers: BOTH, media: 'wwan1', isOnline: false, nowMs: 250 })).toBe(true);
    expect(way.address).toBe(unicom.address);
    for (const nowMs of [1_000, 10_000, 100_000])
      expect(way.look({ carriers: BOTH, media: 'wwan1', isOnline: false, nowMs })).toBe(false);
  });

  it('without media goes round the carriers until the hub answers, and stays there', () => {
    const way = new WayOut();
    const used: (string | null)[] = [];
    for (let nowMs = 0; nowMs <= 30_000; nowMs += 250) {
      way.look({ carriers: BOTH, media: null, isOnline: nowMs >= 20_000, nowMs });
      if (used.at(-1) !== way.address || used.length === 0) used.push(way.address);
    }
    expect(used).toEqual([null, telecom.address, unicom.address, telecom.address]);
  });

  it('gives each address the time of a whole try', () => {
    const way = new WayOut();
    const at = (nowMs: number, isOnline = false) =>
      way.look({ carriers: BOTH, media: null, isOnline, nowMs });
    at(0, true);
    expect(at(5_900)).toBe(false);
    expect(at(6_100)).toBe(true);
    expect(at(12_000)).toBe(false);
    expect(at(12_200)).toBe(true);
  });

  it('leaves an address that went with its modem', () => {
    const way = new WayOut();
    way.look({ carriers: BOTH, media: 'wwan1', isOnline: false, nowMs: 0 });
    const third = { name: 'eth0', address: '10.0.3.2' };
    expect(way.look({ carriers: [telecom, third], media: null, isOnline: true, nowMs: 100 })).toBe(true);
    expect(way.address).toBe(telecom.address);
    expect(way.look({ carriers: [telecom], media: null, isOnline: true, nowMs: 200 })).toBe(true);
    expect(way.address).toBeNull();
  });
});
