// Puts the box together in one folder that runs alone: its sources as they are (Node runs TypeScript), the shared contract, the packages it
// needs, and Node. Nothing is bundled, so that a stack trace from a box reads like the source.
import fs from 'node:fs';
import path from 'node:path';
import { PROJECT } from '../setup/paths.mjs';
import { packageClosure } from './closure.mjs';

/** What the box may import of the hub; .dependency-cruiser.cjs holds it to that. */
const SOURCES = [
  'edge-box/src',
  'edge-box/assets',
  'edge-box/install',
  'edge-box/package.json',
  'src/lib/signaling/contract',
  'src/lib/signaling/client',
  'src/lib/vitals',
  'LICENSE',
  'NOTICE',
];
/** The client that browsers use is the hub's dependency. */
const SHARED = ['socket.io-client'];

/** @param {string} file */
const isShipped = (file) => !/\.test\.ts$|[\\/]testing([\\/.]|$)/.test(file);

/** @param {string} from @param {string} to @param {(file: string) => boolean} filter */
function link(from, to, filter) {
  if (!filter(from)) return;
  if (fs.lstatSync(from).isDirectory()) {
    fs.mkdirSync(to, { recursive: true });
    for (const name of fs.readdirSync(from)) link(path.join(from, name), path.join(to, name), filter);
    return;
  }
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to); // another disk
  }
}

/** Our own part of a box, of a version. @param {string} out an empty or new folder @param {string} [version] */
export function copySources(out, version) {
  if (fs.existsSync(out) && fs.readdirSync(out).length > 0) throw new Error(`${out} is not empty`);
  for (const source of SOURCES)
    fs.cpSync(path.join(PROJECT, source), path.join(out, source), { recursive: true, filter: isShipped });
  const file = path.join(out, 'edge-box/package.json');
  const box = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (version) box.version = version;
  fs.writeFileSync(file, JSON.stringify(box, null, 2));
  // Tells Node that these are modules.
  fs.writeFileSync(path.join(out, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  return box;
}

/**
 * @param {string} out an empty or new folder
 * @param {{ version?: string, linkPackages?: boolean }} [options] `version`: written into the box's package.json; `linkPackages`: for
 *   tests on the same disk, half a gigabyte less to copy
 */
export function buildBox(out, { version, linkPackages = false } = {}) {
  const box = copySources(out, version);
  const wanted = [
    ...Object.keys(box.dependencies ?? {}).map((name) => ({ name, optional: false })),
    ...Object.keys(box.optionalDependencies ?? {}).map((name) => ({ name, optional: true })),
    ...SHARED.map((name) => ({ name, optional: false })),
    { name: `node-linux-${process.arch}`, optional: false },
  ];
  for (const folder of packageClosure(wanted, path.join(PROJECT, 'edge-box'))) {
    const place = path.relative(PROJECT, folder);
    if (place.startsWith('..')) throw new Error(`${folder} is outside of the project`);
    // A box's own packages lie in its own folder, as they do here; nested ones are visited by themselves.
    /** @param {string} file */
    const filter = (file) => !path.relative(folder, file).split(path.sep).includes('node_modules');
    if (linkPackages) link(folder, path.join(out, place), filter);
    else fs.cpSync(folder, path.join(out, place), { recursive: true, filter });
  }
  return { version: box.version };
}
