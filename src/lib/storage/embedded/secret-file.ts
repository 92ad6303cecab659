import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, writeFile } from 'node:fs/promises';
import type { UserIds } from './run-as.ts';

/** Writes a file that only its owner may read, whole or not at all. */
export async function writePrivateFile(file: string, text: string, owner?: UserIds): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  if (owner) await chown(draft, owner.uid, owner.gid);
  await rename(draft, file);
}

/** The password kept in this file; made at first. */
export async function keptPassword(file: string, owner?: UserIds): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = randomBytes(24).toString('hex');
  await writePrivateFile(file, `${password}\n`, owner);
  return password;
}
