// Finds, downloads or builds the mediasoup worker, and lets none be used that has not carried a call here.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { say, SetupError } from '../setup/report.mjs';
import { buildWorker } from './build.mjs';
import { cachedWorker, mediasoupVersion, proofStamp, workerCache } from './cache.mjs';

const PROVE = fileURLToPath(import.meta.resolve('./prove.mjs'));
const DOWNLOAD = fileURLToPath(import.meta.resolve('./download.mjs'));
const PROOF_LIMIT_MS = 30_000;
/** What the worker answers when it is started without a version: then it runs here, libraries and all. */
const NO_VERSION_STATUS = 41;

const SCRATCH = 'making-';
const SCRATCH_KEPT_MS = 24 * 3_600_000;

/** @param {string} binary */
export function runsHere(binary) {
  return spawnSync(binary, [], { env: {}, stdio: 'ignore', timeout: 5000 }).status === NO_VERSION_STATUS;
}

/** @param {string} node @param {string} binary @returns {string | undefined} what went wrong */
function prove(node, binary) {
  const stamp = proofStamp(binary);
  if (fs.existsSync(stamp)) return undefined;
  say('proving the worker: DTLS handshake, sound both ways, a message');
  const proof = spawnSync(node, [PROVE, binary], {
    encoding: 'utf8',
    timeout: PROOF_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (proof.error) return proof.error.message;
  if (proof.status !== 0) return proof.stderr.trim() || 'no answer from the worker';
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, `${new Date().toISOString()}\n`);
  return undefined;
}

/** @param {string} binary */
function putIntoCache(binary) {
  const place = cachedWorker();
  fs.mkdirSync(path.dirname(place), { recursive: true });
  const draft = `${place}.${process.pid}`;
  fs.copyFileSync(binary, draft);
  fs.chmodSync(draft, 0o755);
  fs.renameSync(draft, place);
  return place;
}

/** @template T @param {(folder: string) => T} use @returns {T} */
function inScratchFolder(use) {
  fs.mkdirSync(workerCache(), { recursive: true });
  for (const name of fs.readdirSync(workerCache()).filter((one) => one.startsWith(SCRATCH))) {
    const left = path.join(workerCache(), name); // by a set-up that was stopped
    if (Date.now() - fs.statSync(left).mtimeMs > SCRATCH_KEPT_MS)
      fs.rmSync(left, { recursive: true, force: true });
  }
  return use(fs.mkdtempSync(path.join(workerCache(), SCRATCH)));
}

/** @param {string} node @param {string} given */
function useGiven(node, given) {
  const binary = path.resolve(given);
  if (!fs.existsSync(binary))
    throw new SetupError(`MEDIASOUP_WORKER_BIN names ${binary}, which is not there.`);
  const wrong = runsHere(binary) ? prove(node, binary) : 'it does not run on this machine';
  if (wrong) throw new SetupError(`MEDIASOUP_WORKER_BIN names ${binary}, which is of no use: ${wrong}`);
  return binary;
}

/** @param {string} node */
function useCached(node) {
  const binary = cachedWorker();
  if (!fs.existsSync(binary) || !runsHere(binary) || prove(node, binary)) return undefined;
  return { outcome: `${mediasoupVersion()}, from the cache`, value: binary };
}

/** @param {string} node */
function download(node) {
  return inScratchFolder((folder) => {
    try {
      const fetched = spawnSync(node, [DOWNLOAD, folder], {
        encoding: 'utf8',
        env: { ...process.env, NODE_USE_ENV_PROXY: '1' },
      });
      const binary = path.join(folder, 'mediasoup-worker');
      if (fetched.status !== 0) say(`no prebuilt worker: ${fetched.error?.message ?? fetched.stderr.trim()}`);
      else if (!runsHere(binary)) say('the prebuilt worker does not run on this machine');
      else {
        const wrong = prove(node, binary);
        if (!wrong) return putIntoCache(binary);
        say(`the prebuilt worker is of no use: ${wrong}`);
      }
      return undefined;
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}

/**
 * A worker that needs no compiler: the given one, the cached one or the prebuilt one.
 * @param {string} node
 */
export function findWorker(node) {
  const given = process.env.MEDIASOUP_WORKER_BIN;
  if (given) return { outcome: `${useGiven(node, given)}, as MEDIASOUP_WORKER_BIN says`, value: given };

  const version = mediasoupVersion();
  const cached = useCached(node);
  if (cached) return cached;
  if (process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) say('no download, as the settings say');
  else {
    const downloaded = download(node);
    if (downloaded) return { outcome: `${version}, prebuilt`, value: downloaded };
  }
  return { outcome: `${version} is to be built`, value: undefined };
}

/** @param {string} node */
export async function makeWorker(node) {
  // The libraries installed meanwhile may have been all that a cached one lacked.
  const cached = useCached(node);
  if (cached) return cached;
  const folder = inScratchFolder((scratch) => scratch);
  try {
    const binary = await buildWorker(folder);
    const wrong = runsHere(binary) ? prove(node, binary) : 'it does not run';
    if (wrong) {
      throw new SetupError(`The worker built for mediasoup ${mediasoupVersion()} is of no use: ${wrong}`);
    }
    return { outcome: `${mediasoupVersion()}, built and proven`, value: putIntoCache(binary) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
