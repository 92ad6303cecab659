import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPartError } from './errors.ts';

const run = promisify(execFile);

/** The system account that owns the servers and their data when the hub itself runs as root. */
export const SERVICE_USER = 'rui-hub';

export interface UserIds {
  uid: number;
  gid: number;
}

async function lookUp(user: string): Promise<UserIds | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * Whom the servers run as: the hub's own user (`undefined`), or a system account when that is root, because
 * PostgreSQL refuses to run as root and needs an account that the system can name.
 */
export async function serverUser(): Promise<UserIds | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await lookUp(SERVICE_USER);
  if (known) return known;
  const failure = await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    SERVICE_USER,
  ]).then(
    () => undefined,
    (error: unknown) => error,
  );
  // Two hubs started at once may both try: what counts is that the account is there now.
  const made = await lookUp(SERVICE_USER);
  if (made) return made;
  throw new EmbeddedPartError(
    `Cannot create the system account "${SERVICE_USER}" that PostgreSQL and Redis run as. ` +
      'Start the hub as an ordinary user, or set DATABASE_URL and REDIS_URL.',
    { cause: failure },
  );
}
