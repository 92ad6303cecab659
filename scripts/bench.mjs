// npm run bench: set-up, then the benches.
import process from 'node:process';
import { CHINESE_FONT, CHROMIUM, FFMPEG, REDIS } from './setup/debian.mjs';
import { runTool } from './setup/foreground.mjs';
import { toolOptions } from './setup/options.mjs';
import { runScript } from './setup/report.mjs';
import { setUp } from './setup/set-up.mjs';

await runScript(async () => {
  const { mayInstall, rest } = toolOptions(process.argv.slice(2));
  const programs = [REDIS, FFMPEG, CHROMIUM, CHINESE_FONT];
  const { node, env } = await setUp({ mayInstall, programs, pages: true });
  return runTool(node, ['bench/run.ts', ...rest], env);
});
