// Where a worker binary is kept, and under which name: an upgrade of mediasoup or a change of the recipe makes a new one.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { cacheFolder, PROJECT } from '../setup/paths.mjs';

export const RECIPE = path.join(PROJECT, 'scripts/worker');
export const SOURCES = path.join(PROJECT, 'node_modules/mediasoup/worker');

export function mediasoupVersion() {
  const file = path.join(PROJECT, 'node_modules/mediasoup/package.json');
  return /** @type {string} */ (JSON.parse(fs.readFileSync(file, 'utf8')).version);
}

/** @param {string} recipe the folder with CMakeLists.txt and compat/ */
export function hashRecipe(recipe) {
  const hash = createHash('sha256');
  const headers = fs
    .readdirSync(path.join(recipe, 'compat'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.h'))
    .map((name) => path.join('compat', name));
  for (const file of ['CMakeLists.txt', ...headers.sort()]) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(recipe, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

/** @param {string} version @param {string} recipeHash @param {string} arch */
export function cacheKey(version, recipeHash, arch) {
  return `${version}-${recipeHash}-${arch}`;
}

export function workerCache() {
  return path.join(cacheFolder(), 'mediasoup-worker');
}

export function cachedWorker() {
  const key = cacheKey(mediasoupVersion(), hashRecipe(RECIPE), process.arch);
  return path.join(workerCache(), key, 'mediasoup-worker');
}

/** The stamp of a proof: for this very file, with this version of mediasoup. @param {string} binary */
export function proofStamp(binary) {
  const digest = createHash('sha256').update(fs.readFileSync(binary)).digest('hex');
  return path.join(workerCache(), 'proven', `${mediasoupVersion()}-${digest}`);
}
