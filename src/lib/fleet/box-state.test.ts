import { describe, expect, it } from 'vitest';
import { deriveBoxState } from './box-state.ts';
import { aReport } from './testing.ts';

const NOW = 1_000_000;
const known = {
  status: 'enrolled' as const,
  report: aReport(),
  reportedAtMs: NOW - 5_000,
  configOutcome: null,
  nowMs: NOW,
};

describe('the state of a box', () => {
  it('is ready when it is heard and nothing is wrong, and busy while it serves a room', () => {
    expect(deriveBoxState(known)).toEqual({ state: 'ready', troubles: [] });
    expect(deriveBoxState({ ...known, report: aReport({ serving: true }) }).state).toBe('busy');
  });

  it('is offline when it was never heard, or not for half a minute', () => {
    expect(deriveBoxState({ ...known, report: null, reportedAtMs: null }).state).toBe('offline');
    expect(deriveBoxState({ ...known, reportedAtMs: NOW - 30_000 }).state).toBe('ready');
    expect(deriveBoxState({ ...known, reportedAtMs: NOW - 30_001 }).state).toBe('offline');
  });

  it('is what its enrolment says before anything else', () => {
    expect(deriveBoxState({ ...known, status: 'revoked' })).toEqual({ state: 'revoked', troubles: [] });
    expect(deriveBoxState({ ...known, status: 'awaiting' }).state).toBe('awaiting');
  });

  it.each([
    [{ diskPercent: 90 }, 'disk_nearly_full'],
    [{ memoryPercent: 97 }, 'memory_nearly_full'],
    [{ temperatureC: 85 }, 'hot'],
    [{ clockOffsetMs: -10_000 }, 'clock_off'],
    [{ problems: ['outbox_losing' as const] }, 'outbox_losing'],
    [{ update: { version: '1.2.0', state: 'rolled_back' as const, reason: 'no hub' } }, 'update_rolled_back'],
  ])('needs care for %j, even while it serves a room', (report, trouble) => {
    const state = deriveBoxState({ ...known, report: aReport({ serving: true, ...report }) });
    expect(state).toEqual({ state: 'care', troubles: [trouble] });
  });

  it('needs care while its newest configuration did not work', () => {
    expect(deriveBoxState({ ...known, configOutcome: 'rolled_back' }).troubles).toEqual([
      'config_rolled_back',
    ]);
    expect(deriveBoxState({ ...known, configOutcome: 'refused' }).troubles).toEqual(['config_refused']);
    expect(deriveBoxState({ ...known, configOutcome: 'applied' }).state).toBe('ready');
  });

  it('remembers the troubles of a box that is offline', () => {
    const report = aReport({ diskPercent: 99 });
    expect(deriveBoxState({ ...known, report, reportedAtMs: 0 })).toEqual({
      state: 'offline',
      troubles: ['disk_nearly_full'],
    });
  });
});
