import { MAX_LOG_BYTES } from '../../src/lib/signaling/contract/index.ts';
import type { BoxConfig } from '../../src/lib/signaling/contract/index.ts';
import { Agent } from './agent.ts';
import type { Player } from './agent.ts';
import { FilmKeeper } from './capture/film-keeper.ts';
import { StillKeeper } from './capture/still-keeper.ts';
import { BoxClock } from './clock.ts';
import { BoxEnrolment } from './enrolment/enrolment.ts';
import { BoxIdentity } from './enrolment/identity.ts';
import { EngineUnavailable } from './engine/engine.ts';
import type { Engine } from './engine/engine.ts';
import { makeEngine } from './engine/make-engine.ts';
import { assembleFleet } from './fleet/assemble.ts';
import { ConfigStore } from './fleet/config-store.ts';
import { LogBuffer } from './fleet/log-buffer.ts';
import { SwitchableEngine, SwitchablePlayer } from './fleet/switchable.ts';
import { jsonLog, reasonOf } from './log.ts';
import { SpareFeeds } from './media/spare-feeds.ts';
import { openOutbox } from './outbox/open-outbox.ts';
import { assembleScreen } from './screen/assemble.ts';
import { Privacy } from './screen/privacy.ts';
import { SettingsError, readSettings } from './settings.ts';
import type { BoxSettings } from './settings.ts';
import { speakerOf, TalkBack } from './talk-back/talk-back.ts';
import { CarrierFollower } from './uplink/carrier-follower.ts';
import { HubUplink } from './uplink/hub-uplink.ts';
import { fetchFrom } from './uplink/source-address.ts';
import { VERSION } from './version.ts';
import { createVitalsSources } from './vitals/create-source.ts';
import { VitalsHub } from './vitals/vitals-hub.ts';

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

/** Of the configuration that runs. */
let vitals: VitalsHub | null = null;

function makeMedia(document: BoxConfig): { engine: Engine; player: Player | null } {
  const feeds = { ...document, interfaces: settings.BOX_INTERFACES };
  const engine = makeEngine(settings.BOX_ENGINE, feeds, clock, spares);
  privacy.follow(engine, document);
  const player =
    document.vitalsSlot === null
      ? null
      : new VitalsHub({
          sources: createVitalsSources(document.vitalsSources, clock),
          clock,
          send: (message) => void engine.sendVitals(message),
          record: (message) => outbox?.recorder.vitals(message),
        });
  vitals = player;
  return { engine, player };
}

function mediaOrExit(): ReturnType<typeof makeMedia> {
  try {
    return makeMedia(store.running.document);
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

const logs = new LogBuffer(MAX_LOG_BYTES);
const log = logs.remembering(jsonLog);
const settings = settingsOrExit();
const clock = new BoxClock();
const identity = BoxIdentity.load(settings.BOX_DATA_DIR);
const enrolment = new BoxEnrolment(identity, {
  hubUrl: settings.HUB_URL,
  name: settings.BOX_NAME,
  code: settings.ENROL_CODE,
});
const store = new ConfigStore(
  settings.BOX_DATA_DIR,
  { ...settings.FEEDS, updateChannel: 'stable' },
  () => identity.enrolmentWith(settings.HUB_URL)?.boxId ?? null,
);
const { video, audio } = store.running.document;
const spares = settings.BOX_ENGINE === 'native' ? new SpareFeeds(video.length + (audio ? 1 : 0)) : undefined;
const privacy = new Privacy(settings.BOX_DATA_DIR);
const media = mediaOrExit();
const engine = new SwitchableEngine(media.engine);
const player = new SwitchablePlayer(media.player);
const talkBack = new TalkBack({ interfaces: settings.BOX_INTERFACES, log });
talkBack.setSpeaker(speakerOf(store.running.document));
const uplink = new HubUplink({
  hubUrl: settings.HUB_URL,
  version: VERSION,
  enrolment,
  isPaused: (slot) => privacy.isPaused(slot),
  talkBack,
  log,
});
const feeds = () => store.running.document.video;
const outbox = openOutbox({
  ...{ settings, version: VERSION, clock, enrolment, engine, log },
  feeds: () => feeds().filter(({ slot }) => !privacy.isPaused(slot)),
});
const carriers = new CarrierFollower({
  hubUrl: settings.HUB_URL,
  interfaces: settings.BOX_INTERFACES,
  engine,
  uplink,
  leaveFrom: (address) => {
    fetchFrom(address);
    outbox?.leaveFrom(address);
  },
  log,
});
const agent = new Agent({ uplink, engine, clock, vitals: player, chronicle: outbox?.recorder, log });
const capturing = {
  feeds,
  engine,
  isFrozen: () => uplink.served?.state.frozenSinceMs !== undefined,
  isPaused: (slot: string) => privacy.isPaused(slot),
  log,
};
const stills = new StillKeeper({ ...capturing, recorder: outbox?.recorder ?? null });
uplink.onKeepPicture((slot) => stills.outcomeOf(slot));
// libwebrtc has no encoder to spare.
const films =
  outbox && settings.BOX_ENGINE === 'native'
    ? new FilmKeeper({ ...capturing, recorder: outbox.recorder, clock })
    : null;
const fleet = assembleFleet({
  settings,
  version: VERSION,
  clock,
  enrolment,
  uplink,
  store,
  engine,
  player,
  talkBack,
  makeMedia,
  outbox: () => outbox?.report() ?? null,
  isPaused: (slot) => privacy.isPaused(slot),
  restart: (why) => stop(why),
  logs,
  log,
});
const screen = assembleScreen({
  settings,
  version: VERSION,
  clock,
  enrolment,
  uplink,
  privacy,
  engine,
  store,
  outbox,
  vitals: () => vitals,
  speaker: () => talkBack.state,
  stills,
  isFilming: () => films?.isFilming ?? false,
  log,
});

let stopping = false;
function stop(why: string): void {
  if (stopping) return;
  stopping = true;
  log('info', 'stopping', { why });
  fleet.stop();
  carriers.stop();
  films?.stop();
  void screen?.stop();
  spares?.close();
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
  const stopped = Promise.all([agent.stop(), talkBack.stop()]).then(() => outbox?.close(why));
  stopped.then(
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
  config: store.running.version,
  feeds: store.running.document.video.length,
});
agent.start();
carriers.start();
fleet.start();
films?.start();
void screen?.start();
