// Programs that npm has no package for come from Debian.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram, runCommand } from './command.mjs';
import { logFile } from './paths.mjs';
import { say, SetupError } from './report.mjs';

const SECONDS_TO_OBJECT = 5;

/** @typedef {{ package: string, purpose: string, isThere: () => boolean }} Need */

/** @type {(name: string, purpose: string) => Need} */
const program = (name, purpose) => ({
  package: name,
  purpose,
  isThere: () => findProgram(name) !== undefined,
});

export const REDIS = program('redis-server', 'signalling');
export const FFMPEG = program('ffmpeg', "the demo box's pictures");
export const CHROMIUM = program('chromium', 'tests in a browser');
export const WINDOWLESS_CHROMIUM = program('chromium-headless-shell', 'tests in a browser');
/** @type {Need} */
export const CHINESE_FONT = {
  package: 'fonts-noto-cjk',
  purpose: 'Chinese text in tests',
  isThere: () => fs.existsSync('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'),
};

/** @param {string[]} packages @param {string} purpose @returns {Need[]} */
export function libraries(packages, purpose) {
  const query = findProgram('dpkg-query');
  const args = ['-W', '-f=${Package} ${db:Status-Status}\\n', ...packages];
  const stdout = query ? spawnSync(query, args, { encoding: 'utf8' }).stdout : '';
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return packages.map((name) => ({
    package: name,
    purpose,
    isThere: () => installed.has(`${name} installed`),
  }));
}

/** Stand-ins for devices: a serial cable, a bus, a sound card, an RTSP camera (GStreamer's server, in Python). */
export const deviceStandIns = () =>
  libraries(
    [
      ...['socat', 'dbus', 'alsa-utils'],
      ...[
        'python3-gi',
        'gir1.2-gst-rtsp-server-1.0',
        'gstreamer1.0-plugins-base',
        'gstreamer1.0-plugins-good',
      ],
    ],
    "tests of the box's devices",
  );

/** How this user becomes root: nothing to do, through sudo, or not at all (`undefined`). */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!findProgram('sudo')) return undefined;
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n'];
  return process.stdin.isTTY ? ['sudo'] : undefined;
}

/** @param {string[]} packages */
function lineToRun(packages) {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends -y ${packages.join(' ')}`;
}

/** @param {string[]} prefix @param {string[]} args @param {string} log @param {boolean} append */
async function apt(prefix, args, log, append) {
  const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
  const result = await runCommand(command[0] ?? 'env', command.slice(1), { log, append, input: 'inherit' });
  if (!result.ok)
    throw new SetupError(`apt-get ${args[0]} failed; all of its output is in ${log}\n${result.tail}`);
}

/** Debian starts a Redis of its own when the package is installed; the hub runs one with its data, so that one goes. */
function stopDebianRedis(/** @type {string[]} */ prefix) {
  if (!fs.existsSync('/run/systemd/system')) return;
  const command = [...prefix, 'systemctl', 'disable', '--now', 'redis-server'];
  spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' });
  say('the system-wide redis-server service is switched off; the hub starts its own');
}

/**
 * @param {Need[]} needs
 * @param {{ mayInstall: boolean }} options
 */
export async function ensureDebianPackages(needs, { mayInstall }) {
  const missing = needs.filter((need) => !need.isThere());
  if (missing.length === 0) return { outcome: 'all there' };
  const names = missing.map((need) => need.package);
  const purposes = [...new Set(missing.map((need) => need.purpose))].join('; ');
  if (!findProgram('apt-get')) {
    throw new SetupError(
      `Missing here: ${names.join(', ')} (for ${purposes}). Install them and start again.`,
    );
  }
  const prefix = mayInstall ? rootPrefix() : undefined;
  if (!prefix) throw new SetupError(`Missing Debian packages (for ${purposes}). Run: ${lineToRun(names)}`);

  say(`installing with apt-get: ${names.join(', ')} (for ${purposes})`);
  if (process.stdout.isTTY) {
    say(`going ahead in ${SECONDS_TO_OBJECT} s; Ctrl-C stops`);
    await delay(SECONDS_TO_OBJECT * 1000);
  }
  const log = logFile('apt-get');
  await apt(prefix, ['update'], log, false);
  await apt(prefix, ['install', '--no-install-recommends', '-y', ...names], log, true);
  if (missing.includes(REDIS)) stopDebianRedis(prefix);
  return { outcome: `${names.length} installed` };
}
