import { Agent } from './agent.ts';
import { BoxClock } from './clock.ts';
import { BoxEnrolment } from './enrolment/enrolment.ts';
import { BoxIdentity } from './enrolment/identity.ts';
import { EngineUnavailable } from './engine/engine.ts';
import type { Engine } from './engine/engine.ts';
import { makeEngine } from './engine/make-engine.ts';
import { jsonLog as log, reasonOf } from './log.ts';
import { SettingsError, readSettings } from './settings.ts';
import type { BoxSettings } from './settings.ts';
import { HubUplink } from './uplink/hub-uplink.ts';
import { createVitalsSources } from './vitals/create-source.ts';
import { VitalsHub } from './vitals/vitals-hub.ts';

const VERSION = '0.1.0';
/** A stop that takes longer is ended by force. */
const STOP_LIMIT_MS = 3_000;

function settingsOrExit(): BoxSettings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

function engineOrExit(): Engine {
  try {
    return makeEngine(settings.BOX_ENGINE, settings.FEEDS, clock);
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

const settings = settingsOrExit();
const clock = new BoxClock();
const identity = BoxIdentity.load(settings.BOX_DATA_DIR);
const enrolment = new BoxEnrolment(identity, {
  hubUrl: settings.HUB_URL,
  name: settings.BOX_NAME,
  code: settings.ENROL_CODE,
});
const engine = engineOrExit();
const vitals =
  settings.FEEDS.vitalsSlot === null
    ? null
    : new VitalsHub({
        sources: createVitalsSources(settings.FEEDS.vitalsSources, clock),
        clock,
        send: (message) => void engine.sendVitals(message),
      });
const uplink = new HubUplink({ hubUrl: settings.HUB_URL, version: VERSION, enrolment, log });
const agent = new Agent({ uplink, engine, clock, vitals, log });

let stopping = false;
function stop(why: string): void {
  if (stopping) return;
  stopping = true;
  log('info', 'stopping', { why });
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
  agent.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      log('error', 'stopped with an error', { reason: reasonOf(error) });
      process.exit(1);
    },
  );
}
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
// Only when a parent started this with a channel: it is gone, however it went.
process.on('disconnect', () => stop('the parent is gone'));

log('info', 'box starting', {
  version: VERSION,
  enrolment: enrolment.state,
  feeds: settings.FEEDS.video.length,
});
agent.start();
