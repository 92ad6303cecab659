import path from 'node:path';
import type { BoxConfig, BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import type { Player } from '../agent.ts';
import type { BoxClock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { BoxEnrolment } from '../enrolment/enrolment.ts';
import type { Log } from '../log.ts';
import type { BoxSettings } from '../settings.ts';
import { speakerOf } from '../talk-back/talk-back.ts';
import type { TalkBack } from '../talk-back/talk-back.ts';
import type { HubUplink } from '../uplink/hub-uplink.ts';
import type { ConfigStore } from './config-store.ts';
import { FeedProof } from './feed-proof.ts';
import { FleetAgent } from './fleet-agent.ts';
import { HubFiles } from './hub-files.ts';
import type { LogBuffer } from './log-buffer.ts';
import { MachineHealth } from './machine-health.ts';
import { Modem } from './modem.ts';
import { updateKey } from './package-check.ts';
import { Reporter } from './reporter.ts';
import type { SwitchableEngine, SwitchablePlayer } from './switchable.ts';
import { Updater } from './updater.ts';

/** A new version that has not reached the hub by then is taken back. */
const PROVE_UPDATE_WITHIN_MS = 5 * 60_000;

export interface FleetParts {
  settings: BoxSettings;
  version: string;
  clock: BoxClock;
  enrolment: BoxEnrolment;
  uplink: HubUplink;
  store: ConfigStore;
  engine: SwitchableEngine;
  player: SwitchablePlayer;
  talkBack: TalkBack;
  /** @throws when this machine cannot run such a configuration */
  makeMedia(document: BoxConfig): { engine: Engine; player: Player | null };
  outbox(): BoxReport['outbox'];
  /** Closed by people beside the box. */
  isPaused(slot: string): boolean;
  restart(why: string): void;
  logs: LogBuffer;
  log: Log;
}

/** What makes this box one of a fleet, put together. */
export function assembleFleet(parts: FleetParts): FleetAgent {
  const { settings, clock, enrolment, uplink, store, engine, player, log } = parts;
  const proof = new FeedProof(engine, clock, (slot) => parts.isPaused(slot));
  const files = new HubFiles({
    hubUrl: settings.HUB_URL,
    token: async () => (await enrolment.token(Date.now())).token,
  });
  const updater = settings.UPDATE_PUBLIC_KEY
    ? new Updater({
        appDir: path.join(settings.BOX_DATA_DIR, 'app'),
        key: updateKey(settings.UPDATE_PUBLIC_KEY),
        running: parts.version,
        channel: () => store.running.document.updateChannel,
        mayRestart: () => engine.stats().state === 'idle',
        restart: () => parts.restart('an update'),
        files,
        nowMs: () => uplink.hubNowMs() ?? Date.now(),
        proveWithinMs: PROVE_UPDATE_WITHIN_MS,
        log,
      })
    : null;
  return new FleetAgent({
    uplink,
    store,
    files,
    updater,
    logs: parts.logs,
    log,
    hubSilenceMs: settings.HUB_SILENCE_S * 1000,
    reporter: new Reporter({
      version: parts.version,
      machine: new MachineHealth(settings.BOX_DATA_DIR),
      modem: new Modem(),
      engine,
      store,
      hubNowMs: () => uplink.hubNowMs(),
      outbox: () => parts.outbox(),
      update: () => updater?.report ?? null,
    }),
    proveFeeds: (document, slots) => proof.prove(document, slots),
    apply: async (document) => {
      const made = parts.makeMedia(document);
      await engine.switchTo(made.engine);
      player.switchTo(made.player);
      parts.talkBack.setSpeaker(speakerOf(document));
    },
  });
}
