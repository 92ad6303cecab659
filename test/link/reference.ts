import { linkState } from './link-state.ts';
import type { LinkState } from './link-state.ts';
import type { LinkEvent, Phase, Scenario } from './scenario.ts';

/** The scenario: 40 ms each way, 2 % loss up, a queue of 400 ms; then what a link in a county does to a box. */
export const REFERENCE = {
  delayMs: 40,
  lossPart: 0.02,
  queueMs: 400,
  capKbps: 800,
  capMs: 10_000,
  afterCapMs: 19_000,
  outageMs: 1_500,
  afterOutageMs: 15_000,
  afterRebindMs: 10_000,
  movedDelayMs: 60,
  afterMoveMs: 10_000,
  warmUpMs: 15_000,
  loopbackMs: 30_000,
} as const;

/** Of the warm-up, the end: the rate is steady there. */
const GOOD_MS = 5_000;

const usual = (): LinkState => {
  const { delayMs, lossPart, queueMs } = REFERENCE;
  return linkState({ delayMs, queueMs }, { lossPart });
};
const withUplink = (change: Partial<LinkState['up']>): LinkState => {
  const link = usual();
  return { ...link, up: { ...link.up, ...change } };
};
const cutBothWays = (): LinkState => {
  const { up, down } = usual();
  return { up: { ...up, down: true }, down: { ...down, down: true } };
};

/** Adds parts one after the other. */
class Timeline {
  readonly events: LinkEvent[] = [];
  readonly phases: Phase[] = [];
  nowMs: number = REFERENCE.warmUpMs;

  constructor() {
    const { warmUpMs } = REFERENCE;
    this.phases.push({ kind: 'good', label: 'good', startMs: warmUpMs - GOOD_MS, endMs: warmUpMs });
  }

  cap(): this {
    const { capKbps, capMs, afterCapMs } = REFERENCE;
    const startMs = this.nowMs;
    const endMs = startMs + capMs;
    this.events.push({ type: 'link', atMs: startMs, link: withUplink({ capKbps }) });
    this.events.push({ type: 'link', atMs: endMs, link: usual() });
    this.phases.push({ kind: 'cap', label: `cap ${capKbps} kbit/s`, startMs, endMs });
    this.nowMs = endMs + afterCapMs;
    this.phases.push({ kind: 'return', label: 'after the cap', startMs: endMs, endMs: this.nowMs });
    return this;
  }

  outage(): this {
    const { outageMs, afterOutageMs } = REFERENCE;
    const startMs = this.nowMs;
    this.events.push({ type: 'link', atMs: startMs, link: cutBothWays() });
    this.events.push({ type: 'link', atMs: startMs + outageMs, link: usual() });
    // The goal counts what is frozen from the cut to 15 s after it.
    this.phases.push({
      kind: 'outage',
      label: `outage ${outageMs / 1000} s`,
      startMs,
      endMs: startMs + afterOutageMs,
    });
    this.nowMs = startMs + outageMs + afterOutageMs;
    return this;
  }

  paths(): this {
    const { afterRebindMs, afterMoveMs, movedDelayMs } = REFERENCE;
    const rebindMs = this.nowMs;
    const moveMs = rebindMs + afterRebindMs;
    this.nowMs = moveMs + afterMoveMs;
    this.events.push({ type: 'rebind', atMs: rebindMs });
    this.events.push({ type: 'move', atMs: moveMs, delayMs: movedDelayMs });
    this.phases.push({ kind: 'rebind', label: 'NAT rebind', startMs: rebindMs, endMs: moveMs });
    this.phases.push({ kind: 'move', label: 'path move', startMs: moveMs, endMs: this.nowMs });
    return this;
  }

  scenario(name: string): Scenario {
    return {
      name,
      source: 'issue 4, done when',
      start: usual(),
      events: this.events,
      phases: this.phases,
      durationMs: this.nowMs,
    };
  }
}

/** A link that does nothing: what the publisher, the hub's worker and the viewer take by themselves. */
function loopback(): Scenario {
  const { warmUpMs, loopbackMs } = REFERENCE;
  const durationMs = warmUpMs + loopbackMs;
  return {
    name: 'loopback',
    source: 'none, this machine only',
    start: linkState(),
    events: [],
    phases: [{ kind: 'loopback', label: 'loopback', startMs: warmUpMs, endMs: durationMs }],
    durationMs,
  };
}

/** All of it, and its parts alone, for tuning. */
export const referenceScenarios = (): Scenario[] => [
  loopback(),
  new Timeline().cap().outage().paths().scenario('reference'),
  new Timeline().cap().scenario('cap'),
  new Timeline().outage().scenario('outage'),
  new Timeline().paths().scenario('paths'),
];
