import path from 'node:path';
import type { BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxClock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { EnrolmentRequired, type BoxEnrolment } from '../enrolment/enrolment.ts';
import type { Log } from '../log.ts';
import type { BoxSettings } from '../settings.ts';
import { outboxBudgetKbps } from './budget.ts';
import { Outbox } from './outbox.ts';
import { newClockRun, Recorder } from './recorder.ts';
import type { OutboxStats } from './worker-messages.ts';

const BYTES_PER_MB = 1024 * 1024;

export interface OpenOutbox {
  recorder: Recorder;
  /** For the box's own screen. */
  stats(): OutboxStats;
  /** For the fleet page. */
  report(): BoxReport['outbox'];
  close(why: string): Promise<void>;
}

/** The outbox beside the box's identity, recording; null when the settings say off. */
export function openOutbox(parts: {
  settings: BoxSettings;
  version: string;
  clock: BoxClock;
  enrolment: BoxEnrolment;
  engine: Pick<Engine, 'stats'>;
  log: Log;
}): OpenOutbox | null {
  const { settings, version, clock, enrolment, engine, log } = parts;
  if (settings.BOX_OUTBOX === 'off') {
    log('warn', 'the outbox is off: what the hub does not hear at once is lost');
    return null;
  }
  const clockRun = newClockRun();
  const outbox = new Outbox({
    folder: path.join(settings.BOX_DATA_DIR, 'outbox'),
    limitBytes: settings.BOX_OUTBOX_LIMIT_MB * BYTES_PER_MB,
    minFreeBytes: settings.BOX_OUTBOX_MIN_FREE_MB * BYTES_PER_MB,
    hubUrl: settings.HUB_URL,
    version,
    clock,
    where: { clockRun, hubOffsetMs: null, roomId: null },
    token: async () => {
      // To enrol is the uplink's affair: a one-time code must not be tried by two.
      if (enrolment.state === 'refused') throw new EnrolmentRequired('the hub does not trust this box');
      if (enrolment.state !== 'enrolled') throw new Error('not enrolled yet');
      return (await enrolment.token(Date.now())).token;
    },
    mayUseKbps: () => outboxBudgetKbps(engine.stats()),
    log,
  });
  const recorder = new Recorder({ outbox, clock }, clockRun);
  recorder.start();
  return {
    recorder,
    stats: () => outbox.stats(),
    report: () => {
      const { waiting, oldestAtMs, lost } = outbox.stats();
      const ageMs = oldestAtMs === null ? null : Math.max(0, clock.nowMs() - oldestAtMs);
      return { waiting, oldestAgeS: ageMs === null ? null : Math.round(ageMs / 1000), lost };
    },
    close: async (why) => {
      await recorder.stop(why);
      await outbox.close();
    },
  };
}
