import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generateDocs } from './generate.ts';

it('the generated references are current (else: npm run docs)', async () => {
  for (const [name, text] of Object.entries(await generateDocs())) {
    const committed = await readFile(path.resolve(import.meta.dirname, '../../docs/reference', name), 'utf8');
    expect(committed, name).toBe(text);
  }
});
