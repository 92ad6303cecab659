// Brings a bare machine to where the hub, its tests or its benches can run. Every part is checked by what is there,
// so a second run takes a moment.
import { BUILD_PACKAGES } from '../worker/build.mjs';
import { findWorker, makeWorker } from '../worker/ensure.mjs';
import { ensureDebianPackages, libraries } from './debian.mjs';
import { findNode } from './node.mjs';
import { ensurePackages } from './packages.mjs';
import { ensurePages } from './pages.mjs';
import { step } from './report.mjs';

/**
 * @param {{ mayInstall: boolean, programs: import('./debian.mjs').Need[], pages: boolean }} options
 * @returns {Promise<{ node: string, env: { MEDIASOUP_WORKER_BIN: string } }>} how to run what comes next
 */
export async function setUp({ mayInstall, programs, pages }) {
  await step('npm packages', () => ensurePackages({ mayInstall }));
  const node = await step('Node.js', findNode);
  const found = await step('mediasoup worker', () => findWorker(node));
  const compiler = found ? [] : libraries(BUILD_PACKAGES, 'building the mediasoup worker');
  await step('Debian packages', () => ensureDebianPackages([...compiler, ...programs], { mayInstall }));
  const worker = found ?? (await step('mediasoup worker', () => makeWorker(node)));
  if (pages) await step('pages', () => ensurePages(node));
  return { node, env: { MEDIASOUP_WORKER_BIN: worker } };
}
