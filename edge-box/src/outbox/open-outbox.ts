import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxClock } from '../clock.ts';
import type { Engine, VideoFeedConfig } from '../engine/engine.ts';
import { EnrolmentRequired, type BoxEnrolment } from '../enrolment/enrolment.ts';
import type { Log } from '../log.ts';
import type { BoxSettings } from '../settings.ts';
import { outboxBudgetKbps } from './budget.ts';
import { FilmPace } from './film-pace.ts';
import { Outbox } from './outbox.ts';
import type { OutboxOptions } from './outbox.ts';
import { newClockRun, Recorder } from './recorder.ts';
import type { RecorderParts } from './recorder.ts';
import type { OutboxStats, Where } from './worker-messages.ts';

const BYTES_PER_MB = 1024 * 1024;
/** Films may take this part of what may wait, on top of it, and leave this many times as much of the disk free: they give way first. */
const FILM_LIMIT_PART = 0.5;
const FILM_MIN_FREE = 4;

export interface OpenOutbox {
  recorder: Recorder;
  /** For the box's own screen. */
  stats(): OutboxStats;
  /** For the fleet page. */
  report(): BoxReport['outbox'];
  /** From now on the hub is reached from this address of the box; null: as the system's routes say. */
  leaveFrom(address: string | null): void;
  close(why: string): Promise<void>;
}

/** The outbox beside the box's identity, recording; null when the settings say off. */
export function openOutbox(parts: {
  settings: BoxSettings;
  version: string;
  clock: BoxClock;
  enrolment: BoxEnrolment;
  engine: Pick<Engine, 'stats'>;
  /** Those whose pictures people want. */
  feeds: () => readonly VideoFeedConfig[];
  log: Log;
}): OpenOutbox | null {
  const { settings, version, clock, enrolment, engine, feeds, log } = parts;
  if (settings.BOX_OUTBOX === 'off') {
    log('warn', 'the outbox is off: what the hub does not hear at once is lost');
    return null;
  }
  const clockRun = newClockRun();
  let where: Where = { clockRun, hubOffsetMs: null, roomId: null };
  const open = (
    options: Pick<OutboxOptions, 'folder' | 'mayUseKbps' | 'isSecond'>,
    limitPart = 1,
    minFree = 1,
  ) =>
    new Outbox({
      ...options,
      ...{ hubUrl: settings.HUB_URL, version, clock, where, log },
      limitBytes: settings.BOX_OUTBOX_LIMIT_MB * BYTES_PER_MB * limitPart,
      minFreeBytes: settings.BOX_OUTBOX_MIN_FREE_MB * BYTES_PER_MB * minFree,
      token: async () => {
        // To enrol is the uplink's affair: a one-time code must not be tried by two.
        if (enrolment.state === 'refused') throw new EnrolmentRequired('the hub does not trust this box');
        if (enrolment.state !== 'enrolled') throw new Error('not enrolled yet');
        return (await enrolment.token(Date.now())).token;
      },
    });
  const outbox = open({
    folder: path.join(settings.BOX_DATA_DIR, 'outbox'),
    mayUseKbps: () => outboxBudgetKbps(engine.stats()),
  });
  // Records are sent in their order: behind films, vitals would wait for hours on the thin link that the films are made for.
  const filmFolder = path.join(settings.BOX_DATA_DIR, 'outbox-films');
  let films: Outbox | null = null;
  let address: string | null = null;
  const openFilms = (): Outbox => {
    if (films) return films;
    const pace = new FilmPace();
    const mayUseKbps = () => pace.kbps(engine.stats(), feeds(), outbox.stats().waiting, performance.now());
    films = open({ folder: filmFolder, mayUseKbps, isSecond: true }, FILM_LIMIT_PART, FILM_MIN_FREE);
    if (address !== null) films.leaveFrom(address);
    return films;
  };
  if (existsSync(filmFolder)) openFilms();
  const both: RecorderParts['outbox'] = {
    append: (record) => outbox.append(record),
    appendCapture: (stamp, meta, bytes) =>
      (meta.mediaType === 'video/mp4' ? openFilms() : outbox).appendCapture(stamp, meta, bytes),
    reportLosses: (options) => {
      outbox.reportLosses(options);
      films?.reportLosses(options);
    },
    setWhere: (now) => {
      where = now;
      outbox.setWhere(now);
      films?.setWhere(now);
    },
  };
  const recorder = new Recorder({ outbox: both, clock }, clockRun);
  recorder.start();
  return {
    recorder,
    stats: () => outbox.stats(),
    report: () => {
      const { waiting, oldestAtMs, lost } = outbox.stats();
      const ageMs = oldestAtMs === null ? null : Math.max(0, clock.nowMs() - oldestAtMs);
      return { waiting, oldestAgeS: ageMs === null ? null : Math.round(ageMs / 1000), lost };
    },
    leaveFrom: (to) => {
      address = to;
      outbox.leaveFrom(to);
      films?.leaveFrom(to);
    },
    close: async (why) => {
      await recorder.stop(why);
      await Promise.all([outbox.close(), films?.close()]);
    },
  };
}
