import type { LinkState } from './link-state.ts';

/** What happens to the link, `atMs` after the publisher's start. */
export type LinkEvent = { atMs: number } & (
  { type: 'link'; link: LinkState } | { type: 'rebind' } | { type: 'move'; delayMs: number }
);

/** A stretch of a scenario that figures are made of, and what the picture names it. */
export interface Phase {
  kind: 'good' | 'cap' | 'return' | 'outage' | 'rebind' | 'move' | 'loopback' | 'whole';
  label: string;
  startMs: number;
  endMs: number;
}

export interface Scenario {
  name: string;
  /** Where its numbers are from. */
  source: string;
  start: LinkState;
  events: LinkEvent[];
  phases: Phase[];
  durationMs: number;
}
