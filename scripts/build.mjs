// npm run build: packages and pages only.
import process from 'node:process';
import { findNode } from './setup/node.mjs';
import { toolOptions } from './setup/options.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { ensurePages } from './setup/pages.mjs';
import { runScript, step } from './setup/report.mjs';

await runScript(async () => {
  await step('npm packages', () => ensurePackages(toolOptions(process.argv.slice(2))));
  const node = await step('Node.js', findNode);
  await step('pages', () => ensurePages(node));
  return 0;
});
