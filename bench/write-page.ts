import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { page } from './report.ts';

const DOCS = path.resolve(import.meta.dirname, '../docs');
const RESULTS = path.join(DOCS, 'bench-results');
export const RAW = path.join(RESULTS, 'latest.json');

export const readJson = (file: string) => readFile(file, 'utf8').then(JSON.parse, () => null);

/** docs/benchmarks.md, out of all raw figures. */
export async function writePage(): Promise<void> {
  const [results, bareMachine, link] = await Promise.all(
    [RAW, path.join(RESULTS, 'bare-machine.json'), path.join(RESULTS, 'link.json')].map(readJson),
  );
  await writeFile(path.join(DOCS, 'benchmarks.md'), await page(results, bareMachine, link));
}
