// npm test: set-up, then every test; the last line says how many passed and failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {
  CHINESE_FONT,
  CHROMIUM,
  deviceStandIns,
  FFMPEG,
  REDIS,
  WINDOWLESS_CHROMIUM,
} from './setup/debian.mjs';
import { runTool } from './setup/foreground.mjs';
import { generateSources } from './setup/generate.mjs';
import { toolOptions } from './setup/options.mjs';
import { SetupError, step } from './setup/report.mjs';
import { setUp } from './setup/set-up.mjs';
import { summarise } from './test-summary.mjs';

async function runTests() {
  const { mayInstall, rest } = toolOptions(process.argv.slice(2));
  const browsers = [CHROMIUM, WINDOWLESS_CHROMIUM, CHINESE_FONT];
  const programs = [REDIS, FFMPEG, ...browsers, ...deviceStandIns()];
  const { node, env } = await setUp({ mayInstall, programs, pages: true });
  await step('generated sources', () => generateSources(node));

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rui-test-'));
  const report = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const code = await runTool(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...rest], env);
    return summarise(fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : undefined, code);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

let summary = summarise(undefined, 1);
try {
  summary = await runTests();
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
}
console.log(`${summary.passed} passed, ${summary.failed} failed`);
process.exitCode = summary.failed > 0 ? 1 : 0;
