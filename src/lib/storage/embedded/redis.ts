import { existsSync } from 'node:fs';
import path from 'node:path';
import { preparePlace } from './data-dir.ts';
import { EmbeddedPartError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { freePort } from './free-port.ts';
import type { Log } from './log.ts';
import { stopOrphans } from './orphans.ts';
import { keptPassword, writePrivateFile } from './secret-file.ts';
import { SupervisedServer } from './supervised-server.ts';

const PROGRAM = 'redis-server';

export interface EmbeddedRedis {
  /** Stays the same over restarts. */
  readonly url: string;
  readonly pid: number | undefined;
  /** Stops it in order, leaves it away for `downMs`, starts it again. */
  restart(downMs?: number): Promise<void>;
  stop(): Promise<void>;
}

function findProgram(): string {
  // A service's PATH may be short, so the usual places are looked at too.
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/usr/local/bin'];
  const found = folders.map((folder) => path.join(folder, PROGRAM)).find((file) => existsSync(file));
  if (found) return found;
  throw new EmbeddedPartError(
    `${PROGRAM} is not installed. Run "apt-get install redis-server", or set REDIS_URL.`,
  );
}

function configuration(folder: string, port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${folder}"`,
    `pidfile "${path.join(folder, 'redis.pid')}"`,
    // Losing the last second when power fails is what room events can bear; the database holds the records.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
    '',
  ].join('\n');
}

/**
 * Runs redis-server as a child on 127.0.0.1 with its data under `dataDir`.
 * Throws `FolderInUseError` when another hub uses it, `EmbeddedPartError` for what the person can put right.
 */
export async function startEmbeddedRedis(options: { dataDir: string; log: Log }): Promise<EmbeddedRedis> {
  const { dataDir, log } = options;
  const program = findProgram();
  const { folder, user } = await preparePlace(dataDir, 'redis');
  const lock = await lockFolder(folder, log);
  try {
    const password = await keptPassword(path.join(folder, 'password'), user);
    const port = await freePort();
    const configFile = path.join(folder, 'redis.conf');
    // In a file, since arguments can be read by everyone on the machine.
    await writePrivateFile(configFile, configuration(folder, port, password), user);
    const server = new SupervisedServer({
      name: 'Redis',
      program,
      args: [configFile],
      cwd: folder,
      user,
      readyLine: /Ready to accept connections/,
      stopSignal: 'SIGTERM',
      beforeStart: () =>
        stopOrphans({
          folder,
          program: PROGRAM,
          pidFile: path.join(folder, 'redis.pid'),
          signal: 'SIGTERM',
          log,
        }),
      log,
    });
    await server.start();
    return {
      url: `redis://:${password}@127.0.0.1:${port}`,
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
