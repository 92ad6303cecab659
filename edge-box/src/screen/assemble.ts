import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoxClock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { ConfigStore } from '../fleet/config-store.ts';
import type { OpenOutbox } from '../outbox/open-outbox.ts';
import { runSelfTest } from '../self-test/self-test.ts';
import type { BoxSettings } from '../settings.ts';
import { createVitalsSources } from '../vitals/create-source.ts';
import type { VitalsHub } from '../vitals/vitals-hub.ts';
import { Screen } from './screen.ts';
import type { ScreenParts } from './screen.ts';

export interface ScreenOfBox extends Pick<
  ScreenParts,
  'version' | 'enrolment' | 'uplink' | 'privacy' | 'speaker' | 'stills' | 'isFilming' | 'log'
> {
  settings: BoxSettings;
  clock: BoxClock;
  engine: Engine;
  store: ConfigStore;
  outbox: OpenOutbox | null;
  /** Of the configuration that runs. */
  vitals(): VitalsHub | null;
}

const FIGURES_WITHIN_MS = 4_000;

/** The box's own screen, put together; null when the settings say none. */
export function assembleScreen(box: ScreenOfBox): Screen | null {
  const { settings, clock, engine, store, uplink } = box;
  if (settings.BOX_SCREEN_PORT === 0) return null;
  return new Screen({
    ...box,
    port: settings.BOX_SCREEN_PORT,
    boxName: settings.BOX_NAME,
    engineStats: () => engine.stats(),
    config: () => ({ document: store.running.document, status: store.status }),
    outbox: () => box.outbox?.stats() ?? null,
    hubOffsetMs: () => clock.hubOffsetMs,
    selfTest: async () => {
      await figuresThere(engine);
      return runSelfTest({
        feeds: store.running.document,
        clock,
        engine,
        vitals: () => (engine.stats().state === 'idle' ? null : (box.vitals()?.statuses() ?? null)),
        makeVitalsSources: () => createVitalsSources(store.running.document.vitalsSources, clock),
        freeDiskBytes: async () => {
          const { bavail, bsize } = await statfs(settings.BOX_DATA_DIR);
          return bavail * bsize;
        },
        clockOffsetMs: () => (clock.hubOffsetKnown ? -clock.hubOffsetMs : null),
        isHubReachable: async () => uplink.status === 'online',
      });
    },
  });
}

/** Feeds that have just begun to stream have no figures of their last second yet; that must not look like a fault. */
async function figuresThere(engine: Engine): Promise<void> {
  const until = performance.now() + FIGURES_WITHIN_MS;
  while (performance.now() < until && engine.stats().devices?.some(({ health }) => !health)) await sleep(100);
}
