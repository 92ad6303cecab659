// Fetches the prebuilt worker as mediasoup's own install script does: same place, same name, same settings.
//
//   node scripts/worker/download.mjs <folder to put it in>
import { spawn } from 'node:child_process';
import os from 'node:os';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mediasoupVersion } from './cache.mjs';

const ANSWER_WITHIN_MS = 8000;
const WHOLE_WITHIN_MS = 90_000;

function address() {
  const version = mediasoupVersion();
  const base =
    process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL ||
    'https://github.com/versatica/mediasoup/releases/download';
  const kernel = os.platform() === 'linux' ? `-kernel${Number(os.release().split('.')[0])}` : '';
  return `${base}/${version}/mediasoup-worker-${version}-${os.platform()}-${os.arch()}${kernel}.tgz`;
}

/** @param {string} folder */
async function download(folder) {
  const abort = new AbortController();
  const noAnswer = setTimeout(() => abort.abort(new Error('no answer')), ANSWER_WITHIN_MS);
  const tooSlow = setTimeout(() => abort.abort(new Error('too slow')), WHOLE_WITHIN_MS);
  const response = await fetch(address(), { signal: abort.signal });
  clearTimeout(noAnswer);
  if (!response.ok || !response.body) throw new Error(`the server answers ${response.status}`);
  const tar = spawn('tar', ['-xzf', '-', '-C', folder, 'mediasoup-worker'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const unpacked = new Promise((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => (code === 0 ? resolve(undefined) : reject(new Error('it does not unpack'))));
  });
  const body = Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (response.body));
  await Promise.all([pipeline(body, tar.stdin), unpacked]);
  clearTimeout(tooSlow);
}

try {
  await download(process.argv[2] ?? '.');
  process.exit(0);
} catch (error) {
  const { message, cause } = /** @type {Error} */ (error);
  console.error(cause instanceof Error ? cause.message : message);
  process.exit(1);
}
