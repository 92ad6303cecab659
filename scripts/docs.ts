// npm run docs: writes the references that follow from the contract and the settings. A test holds that they are current.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateDocs } from './docs/generate.ts';

const FOLDER = path.resolve(import.meta.dirname, '../docs/reference');

await mkdir(FOLDER, { recursive: true });
for (const [name, text] of Object.entries(await generateDocs())) {
  await writeFile(path.join(FOLDER, name), text);
  console.log(`docs/reference/${name}`);
}
