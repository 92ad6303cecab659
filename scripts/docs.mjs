// npm run docs: the reference pages that are made from the sources. A wrapper, since they need our Node.js.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runTool } from './setup/foreground.mjs';
import { findNode } from './setup/node.mjs';
import { toolOptions } from './setup/options.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { runScript, step } from './setup/report.mjs';

await runScript(async () => {
  const { mayInstall, rest } = toolOptions(process.argv.slice(2));
  await step('npm packages', () => ensurePackages({ mayInstall }));
  const node = await step('Node.js', findNode);
  return runTool(node, [fileURLToPath(import.meta.resolve('./docs.ts')), ...rest]);
});
