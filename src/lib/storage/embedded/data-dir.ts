import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedPartError } from './errors.ts';
import { SERVICE_USER, serverUser } from './run-as.ts';
import type { UserIds } from './run-as.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../../..');

/** Where data goes when the service account cannot reach the data folder (a clone under /root, say). */
const SYSTEM_DATA = '/var/lib/rui-hub';

/** The data folder when no setting names one: `data/` beside the sources. */
export function defaultDataDir(): string {
  return path.join(PROJECT, 'data');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function everyoneMayPass(folder: string): Promise<boolean> {
  for (let at = folder; ; at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** A folder for what is kept outside the data folder on its behalf. */
export async function systemFolderFor(dataDir: string, name: string): Promise<string> {
  return path.join(SYSTEM_DATA, shortHash(await realpath(dataDir)), name);
}

async function choosePlace(dataDir: string, part: string, user: UserIds | undefined): Promise<string> {
  const inside = path.join(await realpath(dataDir), part);
  if (!user) return inside;
  const outside = await systemFolderFor(dataDir, part);
  // Once data lies somewhere it stays there, whatever happens to the modes of the folders above.
  if (existsSync(outside)) return outside;
  if (await everyoneMayPass(path.dirname(inside))) return inside;
  if (!existsSync(inside)) return outside;
  throw new EmbeddedPartError(
    `${inside} holds data, but the account "${SERVICE_USER}" can no longer reach it. ` +
      'Allow passage through the folders above it (chmod o+x), or move it back.',
  );
}

/** Makes the private folder (0700) of one server and says who owns it. */
export async function preparePlace(
  dataDir: string,
  part: string,
): Promise<{ folder: string; user: UserIds | undefined }> {
  await mkdir(dataDir, { recursive: true });
  const user = await serverUser();
  const folder = await choosePlace(dataDir, part, user);
  await mkdir(folder, { recursive: true });
  if (user) {
    await chown(folder, user.uid, user.gid);
    if (!(await everyoneMayPass(path.dirname(folder)))) {
      throw new EmbeddedPartError(
        `The account "${SERVICE_USER}" cannot reach ${folder}: the folders above it need the mode o+x.`,
      );
    }
  }
  await chmod(folder, 0o700);
  return { folder, user };
}
