import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { Clinic, seedDemoPeople, seedDemoSlots, seedDemoSurgery } from './lib/clinic/index.ts';
import { Fleet } from './lib/fleet/index.ts';
import { createIdentity, seedDemo, type DemoHospital, type Identity } from './lib/identity/index.ts';
import { Records } from './lib/records/index.ts';
import { BoxCalls, RoomArchive, RoomDirectory, Rooms } from './lib/rooms/index.ts';
import { isLoopback, type Settings } from './lib/settings.ts';
import { MediaPool } from './lib/sfu/index.ts';
import { openBus, type Bus } from './lib/signaling/bus/index.ts';
import { attachSignaling } from './lib/signaling/server/index.ts';
import {
  defaultDataDir,
  startEmbeddedPostgres,
  startEmbeddedRedis,
  type EmbeddedPostgres,
  type EmbeddedRedis,
} from './lib/storage/embedded/index.ts';
import { openDatabase, type Database } from './lib/storage/index.ts';
import { lanAddresses } from './lib/tls/index.ts';
import { StreamHttp, Streams } from './lib/whip/index.ts';

export interface PartState {
  ok: boolean;
  detail: string;
}

/** How soon people notice that their room has lost its home, beyond the lease's own time. */
const ADOPT_EVERY_MS = 1000;

interface Inside {
  db: Database;
  media: MediaPool;
  bus: Bus;
  redis: EmbeddedRedis | null;
  postgres: EmbeddedPostgres | null;
}

/** What pages may use; found as `event.locals.hub`. */
export interface Hub {
  readonly nodeId: string;
  readonly settings: Settings;
  readonly identity: Identity;
  readonly rooms: Rooms;
  /** WHIP and WHEP. */
  readonly streams: StreamHttp;
  readonly fleet: Fleet;
  /** What boxes measured, captured and noted. */
  readonly records: Records;
  /** Cases, patients, schedules. */
  readonly clinic: Clinic;
  /** The demo hospital, when there is one; passwords are shown on the hub's own terminal only. */
  readonly demo: DemoHospital | null;
  readiness(): Promise<{ ready: boolean; parts: Record<string, PartState> }>;
  /** For tests and supervision: what runs under this hub. */
  readonly inside: Inside;
  /** Stops everything in order: sockets, rooms, media, bus, database, children. */
  close(): Promise<void>;
}

/** A clean-up for each part that came up, run in reverse: the same for a stop and for a start that failed half-way. */
class Teardown {
  readonly #steps: { name: string; step: () => Promise<unknown> | unknown }[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(name: string, step: () => Promise<unknown> | unknown): void {
    this.#steps.push({ name, step });
  }

  async run(): Promise<void> {
    for (let next = this.#steps.pop(); next; next = this.#steps.pop()) {
      try {
        await next.step();
      } catch (error) {
        this.#log.error({ err: error, part: next.name }, 'part did not stop cleanly');
      }
    }
  }
}

/**
 * Wires the parts of one hub node together and starts them. `httpServer` need not listen yet; signalling is attached
 * to it. Rejects, with everything stopped again, when a part cannot start.
 */
export async function startHub(options: {
  settings: Settings;
  httpServer: HttpServer;
  log: Logger;
}): Promise<Hub> {
  const teardown = new Teardown(options.log);
  try {
    return await wire({ ...options, teardown });
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function wire({
  settings,
  httpServer,
  log,
  teardown,
}: {
  settings: Settings;
  httpServer: HttpServer;
  log: Logger;
  teardown: Teardown;
}): Promise<Hub> {
  const dataDir = settings.DATA_DIR ?? defaultDataDir();
  await mkdir(dataDir, { recursive: true });

  const [postgres, redis] = await Promise.all([
    settings.DATABASE_URL ? null : startEmbeddedPostgres({ dataDir, log }),
    settings.REDIS_URL ? null : startEmbeddedRedis({ dataDir, log }),
  ]);
  teardown.add('postgres', () => postgres?.stop());
  teardown.add('redis', () => redis?.stop());

  const database = await openDatabase({ url: settings.DATABASE_URL ?? postgres!.url, log });
  teardown.add('database', () => database.close());
  const { db } = database;

  const nodeId = settings.NODE_ID ?? (await keptNodeId(dataDir));
  const bus = await openBus({
    redisUrl: settings.REDIS_URL ?? redis!.url,
    nodeId,
    log,
    leaseTtlMs: settings.LEASE_TTL_MS,
  });
  teardown.add('bus', () => bus.close());

  const media = await MediaPool.start({ ...mediaAddresses(settings), log });
  teardown.add('media', () => media.close());

  const identity = createIdentity({ db, log });
  teardown.add('identity', () => identity.close());
  const archive = new RoomArchive(db, log);
  teardown.add('archive', () => archive.close());
  const directory = new RoomDirectory(db, bus);
  const fleet: Fleet = new Fleet({
    db,
    bus,
    identity,
    releaseBox: (boxId) => rooms.releaseBox(boxId),
    packagesDir: settings.BOX_PACKAGES_DIR ?? path.join(dataDir, 'box-packages'),
    log,
  });
  teardown.add('fleet', () => fleet.close());
  // Before the rooms, which other nodes may ask for at once: nothing is awaited between them and their clinic.
  const patientIdKey = settings.PATIENT_ID_KEY ?? (await keptPatientIdKey(dataDir));
  const rooms: Rooms = new Rooms({
    bus,
    media,
    directory,
    archive,
    invitations: identity.invitations,
    fleet,
    calls: new BoxCalls(db, bus, directory),
    cases: {
      standing: (roomId) => clinic.behindRooms.standing(roomId),
      confirmedAtBedside: (...said) => clinic.behindRooms.confirmedAtBedside(...said),
      operatingOver: (roomId) => clinic.behindRooms.operatingOver(roomId),
      linkIs: (...said) => clinic.behindRooms.linkIs(...said),
    },
    memberGraceMs: settings.MEMBER_GRACE_MS,
    log,
  });
  teardown.add('rooms', () => rooms.close());

  const clinic: Clinic = new Clinic({
    db,
    bus,
    directory,
    rooms,
    log,
    caseLinks: identity.caseLinks,
    patientIdKey,
    outside: outsideOf(settings),
  });
  teardown.add('clinic', () => clinic.close());
  clinic.start();

  const demo = settings.DEMO ? await seedDemo({ db, password: await keptDemoPassword(dataDir) }) : null;
  if (demo) {
    await seedDemoPeople({ db, people: clinic.people });
    await seedDemoSurgery({ db, cases: clinic.cases });
    await seedDemoSlots({ db, slots: clinic.time.slots, zone: settings.TIME_ZONE });
  }

  const signaling = attachSignaling({
    httpServer,
    bus,
    authenticate: ({ cookie, token }) =>
      token ? identity.principalOfBoxToken(token) : identity.principalOfCookie(cookie),
    dispatch: (call) => rooms.dispatch(call),
    onDisconnect: ({ connectionId, roomIds }) => {
      rooms.connectionClosed(roomIds, { nodeId, connectionId }).catch((error: unknown) => {
        log.warn({ err: error }, 'rooms not told of a closed connection');
      });
    },
    allowedOrigin: settings.ORIGIN,
    log,
  });
  teardown.add('signaling', () => signaling.close());
  const streams = new Streams({
    bus,
    rooms,
    keys: identity.streamKeys,
    graceMs: settings.MEMBER_GRACE_MS,
    log,
  });
  teardown.add('streams', () => streams.close());
  // A room whose home is gone is taken over by a node where people wait for it.
  const adoptTimer = setInterval(() => {
    rooms
      .adopt([...new Set([...signaling.roomIds(), ...streams.roomIds()])])
      .catch((error: unknown) => log.warn({ err: error }, 'rooms without a home not sought'));
  }, ADOPT_EVERY_MS);
  teardown.add('adoption', () => clearInterval(adoptTimer));
  // Whoever was logged out or revoked here may be connected to another node.
  bus.serve('principal.revoked', async (principalId) => {
    signaling.disconnectPrincipal(String(principalId));
    streams.disconnectPrincipal(String(principalId));
  });
  identity.onRevoked((principalId) => {
    void tellEveryNode(bus, principalId).catch((error: unknown) => {
      log.error({ err: error }, 'other nodes not told of a revocation');
    });
  });

  return {
    nodeId,
    settings,
    identity,
    rooms,
    streams: new StreamHttp({ streams, iceServers: iceServersOf(settings), log }),
    fleet,
    records: new Records(db),
    clinic,
    demo,
    inside: { db, media, bus, redis, postgres },
    readiness: () => readiness(db, bus, media),
    close: () => teardown.run(),
  };
}

/** How the clinic tells people outside the hub. */
function outsideOf({ SMTP_URL, MAIL_FROM, WEBHOOK_PRIVATE, TIME_ZONE }: Settings) {
  return {
    mail: SMTP_URL && MAIL_FROM ? { smtpUrl: SMTP_URL, from: MAIL_FROM } : null,
    // Every operator of text messages has an interface of its own; none is built in.
    sms: null,
    allowPrivateWebhooks: WEBHOOK_PRIVATE,
    zone: TIME_ZONE,
  };
}

async function tellEveryNode(bus: Bus, principalId: string): Promise<void> {
  const others = (await bus.nodes.list()).filter((nodeId) => nodeId !== bus.nodeId);
  await Promise.all(
    [bus.nodeId, ...others].map((nodeId) =>
      bus.request(nodeId, 'principal.revoked', principalId, { timeoutMs: 3000 }),
    ),
  );
}

async function readiness(db: Database, bus: Bus, media: MediaPool) {
  const postgres: PartState = await db
    .execute(sql`select 1`)
    .then(() => ({ ok: true, detail: 'answers' }))
    .catch(() => ({ ok: false, detail: 'does not answer; meetings go on, records wait' }));
  const redis: PartState = bus.ready
    ? { ok: true, detail: 'answers' }
    : { ok: false, detail: 'does not answer; media goes on, joining waits' };
  const workers = media.workerPids().length;
  const parts = {
    postgres,
    redis,
    media: { ok: workers > 0, detail: `${workers} workers` },
  };
  return { ready: Object.values(parts).every((part) => part.ok), parts };
}

/** Where media listens and what clients are told: loopback stays loopback, anything else announces what it has. */
function mediaAddresses(settings: Settings) {
  const bindsAll = settings.HOST === '0.0.0.0' || settings.HOST === '::';
  const isAddress = /^[0-9.]+$|:/.test(settings.HOST);
  const listenIp =
    settings.MEDIA_LISTEN_IP ??
    (isLoopback(settings.HOST) ? '127.0.0.1' : bindsAll || !isAddress ? '0.0.0.0' : settings.HOST);
  const found = listenIp === '0.0.0.0' ? lanAddresses() : [listenIp];
  return {
    workers: settings.MEDIA_WORKERS ?? Math.min(availableParallelism(), 8),
    listenIp,
    announcedAddresses: [...new Set([...settings.MEDIA_ANNOUNCED, ...found])],
    basePort: settings.MEDIA_PORT,
    workerBin: settings.MEDIASOUP_WORKER_BIN,
  };
}

/** As WHIP and WHEP clients are told of them; only TURN servers have a login. */
function iceServersOf(settings: Settings) {
  return settings.ICE_SERVERS.map((url) =>
    url.startsWith('turn')
      ? { url, username: settings.TURN_USERNAME, credential: settings.TURN_CREDENTIAL }
      : { url },
  );
}

/** The node keeps its name over restarts, so that it may take its own rooms back without waiting for the lease. */
async function keptNodeId(dataDir: string): Promise<string> {
  return keptLine(path.join(dataDir, 'node-id'), () => `n_${randomBytes(6).toString('hex')}`);
}

/** Beside the database, not in it: who has a copy of the tables cannot try resident ids against them. */
async function keptPatientIdKey(dataDir: string): Promise<string> {
  return keptLine(path.join(dataDir, 'patient-id-key'), () => randomBytes(32).toString('base64url'));
}

/** Made by chance for each data folder: a demo on a network must not be open to whoever has read our documents. */
async function keptDemoPassword(dataDir: string): Promise<string> {
  return keptLine(path.join(dataDir, 'demo-password'), () =>
    randomBytes(6).toString('base64url').toLowerCase(),
  );
}

async function keptLine(file: string, make: () => string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept.trim()) return kept.trim();
  const line = make();
  await writeFile(file, `${line}\n`, { mode: 0o600 });
  return line;
}
