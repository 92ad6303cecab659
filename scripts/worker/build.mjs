// Builds the worker from the C++ sources inside the npm package, against Debian's libraries.
import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../setup/command.mjs';
import { logFile } from '../setup/paths.mjs';
import { say, SetupError } from '../setup/report.mjs';
import { mediasoupVersion, RECIPE, SOURCES } from './cache.mjs';

export const BUILD_PACKAGES = [
  'g++',
  'cmake',
  'ninja-build',
  'pkg-config',
  'libssl-dev',
  'libuv1-dev',
  'libsrtp2-dev',
  'libabsl-dev',
  'libflatbuffers-dev',
  'flatbuffers-compiler',
];
const SAY_EVERY_PERCENT = 10;

/** @returns {(line: string) => void} */
function progress() {
  let next = SAY_EVERY_PERCENT;
  return (line) => {
    const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
    if (!done || !all) return;
    const percent = (100 * Number(done)) / Number(all);
    if (percent < next) return;
    say(`${Math.floor(percent)} % compiled (${done} of ${all} files)`);
    next = (Math.floor(percent / SAY_EVERY_PERCENT) + 1) * SAY_EVERY_PERCENT;
  };
}

/** @param {string} folder where to build @returns {Promise<string>} the binary */
export async function buildWorker(folder) {
  const log = logFile(`mediasoup-worker-${mediasoupVersion()}-build`);
  fs.rmSync(folder, { recursive: true, force: true });
  const settings = ['-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', `-DMEDIASOUP_WORKER_SRC=${SOURCES}`];
  say(`compiling; the compiler's output goes to ${log}`);
  let result = await runCommand('cmake', [...settings, '-B', folder, '-S', RECIPE], { log });
  if (result.ok)
    result = await runCommand('ninja', ['-C', folder], { log, append: true, onLine: progress() });
  if (!result.ok) {
    throw new SetupError(
      `${result.tail}\nThe worker of mediasoup ${mediasoupVersion()} does not build; all of the output is in ${log}\n` +
        'After an upgrade of mediasoup, scripts/worker/CMakeLists.txt and compat/ must be brought up to its sources.',
    );
  }
  return path.join(folder, 'mediasoup-worker');
}
