// Which packages the box needs, and theirs: as installed here, for this machine's kind.
import fs from 'node:fs';
import path from 'node:path';

/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** Where `name` is found from `from`, as Node looks for it. @param {string} name @param {string} from @returns {string | null} */
function find(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (fs.existsSync(path.join(place, 'package.json'))) return place;
    if (folder === path.dirname(folder)) return null;
  }
}

/**
 * Folders of all packages that these names stand for, and of what those depend on. An optional one that is not here is not needed here.
 * @param {{ name: string, optional: boolean }[]} wanted @param {string} root
 * @returns {string[]}
 */
export function packageClosure(wanted, root) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @param {string} name @param {string} from @param {boolean} optional */
  const visit = (name, from, optional) => {
    const link = find(name, from);
    if (!link) {
      if (optional) return;
      throw new Error(`${name} is not installed; run npm ci`);
    }
    const folder = fs.realpathSync(link);
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifestOf(folder);
    for (const each of Object.keys(dependencies)) visit(each, folder, each in optionalDependencies);
    for (const each of Object.keys(optionalDependencies)) visit(each, folder, true);
    for (const each of Object.keys(peerDependencies)) visit(each, folder, true);
  };
  for (const { name, optional } of wanted) visit(name, root, optional);
  return [...found].sort();
}
