// npm run dev: set-up, then Vite with the hub attached to it.
import process from 'node:process';
import { FFMPEG, REDIS } from './setup/debian.mjs';
import { runTool } from './setup/foreground.mjs';
import { toolOptions } from './setup/options.mjs';
import { runScript } from './setup/report.mjs';
import { setUp } from './setup/set-up.mjs';

await runScript(async () => {
  const { mayInstall, rest } = toolOptions(process.argv.slice(2));
  const { node, env } = await setUp({ mayInstall, programs: [REDIS, FFMPEG], pages: false });
  const stopping = ['--import', import.meta.resolve('./setup/interrupt-as-terminate.mjs')];
  return runTool(node, [...stopping, 'node_modules/vite/bin/vite.js', 'dev', ...rest], env);
});
