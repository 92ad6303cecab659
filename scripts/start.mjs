// npm start: from whatever state the machine is in to a running hub. Plain JavaScript that Node 20 runs, since the
// first thing it does is to bring a newer one.
import process from 'node:process';
import { FFMPEG, REDIS } from './setup/debian.mjs';
import { runHub } from './setup/foreground.mjs';
import { startOptions } from './setup/options.mjs';
import { runScript } from './setup/report.mjs';
import { setUp } from './setup/set-up.mjs';

await runScript(async () => {
  const { mayInstall, host, help } = startOptions(process.argv.slice(2));
  if (help) {
    console.log(help);
    return 0;
  }
  const programs = process.env.REDIS_URL ? [FFMPEG] : [REDIS, FFMPEG];
  const { node, env } = await setUp({ mayInstall, programs, pages: true });
  return runHub(node, ['src/main.ts'], { NODE_ENV: 'production', ...env, ...(host && { HOST: host }) });
});
