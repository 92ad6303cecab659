// Which Node.js runs the hub: it needs one that runs TypeScript as it is, and Debian 12's is older.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { PROJECT } from './paths.mjs';
import { SetupError } from './report.mjs';

const LEAST = [22, 18];

/** @param {string} version such as 22.18.0 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

export function findNode() {
  const folder = path.join(PROJECT, 'node_modules', `node-${process.platform}-${process.arch}`);
  const packed = path.join(folder, 'bin', 'node');
  if (fs.existsSync(packed)) {
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return { outcome: `${version} from npm`, value: packed };
  }
  if (isNewEnough(process.versions.node)) {
    return { outcome: `${process.versions.node} of this machine`, value: process.execPath };
  }
  throw new SetupError(
    `There is no Node.js package for ${process.platform}-${process.arch}; install Node.js ${LEAST.join('.')} or newer.`,
  );
}
