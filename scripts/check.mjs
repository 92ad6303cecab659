// npm run check: everything that can be said about the sources without running them.
import process from 'node:process';
import { runTool } from './setup/foreground.mjs';
import { generateSources } from './setup/generate.mjs';
import { findNode } from './setup/node.mjs';
import { toolOptions } from './setup/options.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { runScript, step } from './setup/report.mjs';

const TOOLS = {
  ESLint: ['node_modules/eslint/bin/eslint.js', '.'],
  Prettier: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'],
  'svelte-check': ['node_modules/svelte-check/bin/svelte-check', '--tsconfig', './tsconfig.json'],
  'import rules': ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', 'src', 'edge-box'],
  knip: ['node_modules/knip/bin/knip.js'],
};

await runScript(async () => {
  await step('npm packages', () => ensurePackages(toolOptions(process.argv.slice(2))));
  const node = await step('Node.js', findNode);
  await step('generated sources', () => generateSources(node));
  /** @type {string[]} */
  const failed = [];
  for (const [name, args] of Object.entries(TOOLS)) {
    await step(name, async () => {
      const code = await runTool(node, args);
      if (code !== 0) failed.push(name);
      return { outcome: code === 0 ? 'nothing found' : `exit code ${code}` };
    });
  }
  if (failed.length > 0) console.error(`Not clean: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
});
