// npm run bench:link: set-up, then the uplink over bad links.
import process from 'node:process';
import { CHROMIUM, FFMPEG } from './setup/debian.mjs';
import { runTool } from './setup/foreground.mjs';
import { toolOptions } from './setup/options.mjs';
import { runScript } from './setup/report.mjs';
import { setUp } from './setup/set-up.mjs';

await runScript(async () => {
  const { mayInstall, rest } = toolOptions(process.argv.slice(2));
  const { node, env } = await setUp({ mayInstall, programs: [CHROMIUM, FFMPEG], pages: false });
  return runTool(node, ['bench/link.ts', ...rest], env);
});
