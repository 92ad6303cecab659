import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VitalsWatch } from './vitals-watch.ts';

const CHECK_MS = 3_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const hub = { arrived: 0 as number | null, isReached: true, answersAfterMs: 0 };
  let asked = 0;
  const stats = { state: 'connected' as const, feedbackAgeMs: 20, vitalsSent: 0, vitalsDropped: 0 };
  const stalled = vi.fn();
  const watch = new VitalsWatch({
    stats: () => ({ ...stats }),
    arrived: async () => {
      asked++;
      if (!hub.isReached) throw new Error('away');
      if (hub.answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, hub.answersAfterMs));
      return hub.arrived;
    },
    stalled,
  });
  watch.start();
  const pass = async (each: { sent?: number; arrived?: number; checks: number }) => {
    for (let check = 0; check < each.checks; check++) {
      stats.vitalsSent += each.sent ?? 0;
      if (hub.arrived !== null) hub.arrived += each.arrived ?? 0;
      await vi.advanceTimersByTimeAsync(CHECK_MS);
    }
  };
  return { hub, stats, stalled, watch, pass, asked: () => asked };
}

describe('watch over the vitals', () => {
  it('is quiet while they arrive, and while nothing is measured', async () => {
    const { stalled, pass } = setUp();
    await pass({ sent: 30, arrived: 30, checks: 5 });
    await pass({ sent: 0, arrived: 0, checks: 5 });
    expect(stalled).not.toHaveBeenCalled();
  });

  it('says once that they do not arrive, after two looks without any', async () => {
    const { stalled, pass } = setUp();
    await pass({ sent: 30, arrived: 30, checks: 2 });
    await pass({ sent: 30, checks: 1 });
    expect(stalled).not.toHaveBeenCalled();
    await pass({ sent: 30, checks: 5 });
    expect(stalled).toHaveBeenCalledTimes(1);
  });

  it('counts what the channel refuses as measured, too', async () => {
    const { stats, stalled, pass } = setUp();
    await pass({ sent: 30, arrived: 30, checks: 1 });
    for (let check = 0; check < 3; check++) {
      stats.vitalsDropped += 30;
      await pass({ checks: 1 });
    }
    expect(stalled).toHaveBeenCalledTimes(1);
  });

  it('leaves a silent path, a hub that cannot be asked and a box without the channel to others', async () => {
    const { hub, stats, stalled, pass } = setUp();
    await pass({ sent: 30, arrived: 30, checks: 1 });
    stats.feedbackAgeMs = 4_000;
    await pass({ sent: 30, checks: 5 });
    stats.feedbackAgeMs = 20;
    hub.isReached = false;
    await pass({ sent: 30, checks: 5 });
    hub.isReached = true;
    hub.arrived = null;
    await pass({ sent: 30, checks: 5 });
    expect(stalled).not.toHaveBeenCalled();
  });

  it('asks again only once it was answered', async () => {
    const { hub, asked, stalled, pass } = setUp();
    hub.answersAfterMs = 4 * CHECK_MS;
    await pass({ sent: 30, checks: 4 });
    expect(asked()).toBe(1);
    expect(stalled).not.toHaveBeenCalled();
  });

  it('begins anew on a new channel', async () => {
    const { hub, stalled, watch, pass } = setUp();
    await pass({ sent: 30, arrived: 30, checks: 1 });
    await pass({ sent: 30, checks: 1 });
    hub.arrived = 0;
    watch.start();
    await pass({ sent: 30, arrived: 30, checks: 3 });
    expect(stalled).not.toHaveBeenCalled();
  });
});
