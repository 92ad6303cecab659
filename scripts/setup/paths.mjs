import os from 'node:os';
import path from 'node:path';

export const PROJECT = path.resolve(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  '../..',
);

/** Where things are kept that outlive a clone: the built worker, proofs, logs of the set-up. */
export function cacheFolder() {
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'rui-hub');
}

/** @param {string} name */
export function logFile(name) {
  return path.join(cacheFolder(), 'logs', `${name}.log`);
}
