import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { preparePlace } from './data-dir.ts';
import { EmbeddedPartError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { freePort } from './free-port.ts';
import type { Log } from './log.ts';
import { stopOrphans } from './orphans.ts';
import { postgresPrograms } from './postgres-programs.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import type { UserIds } from './run-as.ts';
import { keptPassword } from './secret-file.ts';
import { SupervisedServer } from './supervised-server.ts';

const run = promisify(execFile);

const SUPERUSER = 'postgres';
/** Name of both the hub's database and the role that owns it. */
const HUB = 'rui_hub';

export interface EmbeddedPostgres {
  /** Stays the same over restarts. */
  readonly url: string;
  readonly pid: number | undefined;
  /** Stops it in order, leaves it away for `downMs`, starts it again. */
  restart(downMs?: number): Promise<void>;
  stop(): Promise<void>;
}

async function createCluster(
  programs: PostgresPrograms,
  cluster: string,
  passwordFile: string,
  user: UserIds | undefined,
): Promise<void> {
  // Made beside its place and moved there when whole, so that a start cut short leaves no half cluster.
  const draft = `${cluster}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (user) await chown(draft, user.uid, user.gid);
  const settings = [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own locale: the machine's may be missing, and may sort differently after an upgrade.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    await run(programs.initdb, settings, { ...user, cwd: draft });
  } catch (cause) {
    throw new EmbeddedPartError(`The database folder could not be made: ${(cause as Error).message}`, {
      cause,
    });
  }
  await rename(draft, cluster);
}

async function checkVersion(cluster: string, programs: PostgresPrograms): Promise<void> {
  const found = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (found === programs.major) return;
  throw new EmbeddedPartError(
    `${cluster} was made by PostgreSQL ${found}, this hub brings ${programs.major}. ` +
      `Dump it with version ${found} and restore it, or move the folder away to start empty.`,
  );
}

/** The hub's own role and database: the hub is not the superuser of its database server. */
async function createHubDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: SUPERUSER, password, database: 'postgres' });
  await client.connect();
  try {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [HUB]);
    if (roles.rowCount === 0) {
      await client.query(`CREATE ROLE ${HUB} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    }
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [HUB]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${HUB} OWNER ${HUB}`);
  } finally {
    await client.end();
  }
}

function serverArguments(cluster: string, port: number, maxConnections: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '', // a deep data folder would exceed the length of a socket's path
    max_connections: maxConnections,
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    lc_messages: 'C', // the ready line is recognised by its English words
    // Errors reach the hub with their query; here they would put patients' data into a log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/**
 * Runs PostgreSQL as a child on 127.0.0.1 with its data under `dataDir`.
 * Throws `FolderInUseError` when another hub uses it, `EmbeddedPartError` for what the person can put right.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: Log;
  maxConnections?: number;
}): Promise<EmbeddedPostgres> {
  const { dataDir, log, maxConnections = 60 } = options;
  const { folder, user } = await preparePlace(dataDir, 'postgres');
  const lock = await lockFolder(folder, log);
  try {
    const programs = await postgresPrograms(dataDir, user, log);
    const cluster = path.join(folder, 'cluster');
    const passwordFile = path.join(folder, 'password');
    const password = await keptPassword(passwordFile, user);
    if (!existsSync(cluster)) {
      log.info(`making the database folder ${cluster}`);
      await createCluster(programs, cluster, passwordFile, user);
    }
    await checkVersion(cluster, programs);
    await chmod(cluster, 0o700);

    const port = await freePort();
    const server = new SupervisedServer({
      name: 'PostgreSQL',
      program: programs.postgres,
      args: serverArguments(cluster, port, maxConnections),
      cwd: cluster,
      user,
      readyLine: /database system is ready to accept connections/,
      stopSignal: 'SIGINT', // "fast": sessions are ended, data is written
      beforeStart: () =>
        stopOrphans({
          folder: cluster,
          program: 'postgres',
          pidFile: path.join(cluster, 'postmaster.pid'),
          signal: 'SIGINT',
          log,
        }),
      log,
    });
    await server.start();
    try {
      await createHubDatabase(port, password);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      url: `postgres://${HUB}:${password}@127.0.0.1:${port}/${HUB}`,
      get pid() {
        return server.pid;
      },
      restart: (downMs) => server.restart(downMs),
      stop: async () => {
        await server.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
