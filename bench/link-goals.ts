import type { Figures } from '../test/link/metrics.ts';

/** One row of the table. */
export interface Row {
  figure: keyof Figures;
  label: string;
  better: 'less' | 'more';
  digits: number;
  /** The issue's; none where a figure only explains others. */
  goal?: number;
}

const RELAY: Row = {
  figure: 'relayLateP99Ms',
  label: 'the rig: relay late p99, ms',
  better: 'less',
  digits: 1,
};

export const REFERENCE_ROWS: readonly Row[] = [
  {
    figure: 'loopbackFirstFrameMs',
    label: 'told to publish → first picture over loopback, ms',
    better: 'less',
    digits: 0,
    goal: 500,
  },
  { figure: 'loopbackAgeP50Ms', label: 'loopback: age p50, ms', better: 'less', digits: 0, goal: 22 },
  { figure: 'loopbackAgeP95Ms', label: 'loopback: age p95, ms', better: 'less', digits: 0, goal: 30 },
  { figure: 'capFramesPerSecond', label: 'cap: frames/s', better: 'more', digits: 1, goal: 24 },
  { figure: 'capFrozenS', label: 'cap: frozen, s', better: 'less', digits: 2, goal: 0.5 },
  { figure: 'capLongestGapS', label: 'cap: longest gap, s', better: 'less', digits: 2, goal: 0.3 },
  { figure: 'capFitsAfterS', label: 'cap: offered fits after, s', better: 'less', digits: 2, goal: 1 },
  { figure: 'returnAfterS', label: 'after the cap: 90 % again after, s', better: 'less', digits: 1, goal: 8 },
  { figure: 'outageFrozenS', label: 'outage of 1.5 s: frozen, s', better: 'less', digits: 2, goal: 2 },
  { figure: 'rebindLongestGapS', label: 'NAT rebind: longest gap, s', better: 'less', digits: 2, goal: 0.5 },
  { figure: 'moveLongestGapS', label: 'path move: longest gap, s', better: 'less', digits: 2, goal: 0.5 },
  { figure: 'firstFrameMs', label: 'told to publish → first picture, ms', better: 'less', digits: 0 },
  { figure: 'goodAgeP50Ms', label: 'good: age p50, ms', better: 'less', digits: 0 },
  { figure: 'goodAgeP95Ms', label: 'good: age p95, ms', better: 'less', digits: 0 },
  { figure: 'capAgeP95Ms', label: 'cap: age p95, ms', better: 'less', digits: 0 },
  { figure: 'goodKbps', label: 'good: offered, kbit/s', better: 'more', digits: 0 },
  { figure: 'returnedKbps', label: '14–19 s after the cap: offered, kbit/s', better: 'more', digits: 0 },
  RELAY,
];

export const PROFILE_ROWS: readonly Row[] = [
  { figure: 'framesPerSecond', label: 'frames/s', better: 'more', digits: 1 },
  { figure: 'frozenS', label: 'frozen, s', better: 'less', digits: 2 },
  { figure: 'longestGapS', label: 'longest gap, s', better: 'less', digits: 2 },
  { figure: 'ageP50Ms', label: 'age p50, ms', better: 'less', digits: 0 },
  { figure: 'ageP95Ms', label: 'age p95, ms', better: 'less', digits: 0 },
  { figure: 'offeredKbps', label: 'offered, kbit/s', better: 'more', digits: 0 },
];
