import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

const TAIL_LINES = 15;
const TAIL_WIDTH = 300; // a compiler's own command line fills a screen

/**
 * Runs a command, its output going to a log file; the last lines are kept for the person to see.
 * @param {string} program
 * @param {string[]} args
 * @param {{ log: string, append?: boolean, cwd?: string, env?: NodeJS.ProcessEnv, input?: 'inherit' | 'ignore',
 *           onLine?: (line: string) => void }} options
 * @returns {Promise<{ ok: boolean, tail: string }>}
 */
export async function runCommand(program, args, { log, append = false, cwd, env, input = 'ignore', onLine }) {
  fs.mkdirSync(path.dirname(log), { recursive: true });
  const file = fs.createWriteStream(log, { flags: append ? 'a' : 'w' });
  file.write(`$ ${[program, ...args].join(' ')}\n`);
  /** @type {string[]} */
  const tail = [];
  const keep = (/** @type {string} */ line) => {
    file.write(`${line}\n`);
    tail.push(line.slice(0, TAIL_WIDTH));
    if (tail.length > TAIL_LINES) tail.shift();
    onLine?.(line);
  };
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input, 'pipe', 'pipe'],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output) createInterface({ input: output }).on('line', keep);
  }
  const onStop = () => {
    child.kill('SIGTERM');
    process.exit(130);
  };
  process.once('SIGINT', onStop).once('SIGTERM', onStop);
  const ok = await new Promise((resolve) => {
    child.once('error', (error) => {
      keep(error.message);
      resolve(false);
    });
    child.once('close', (code) => resolve(code === 0));
  });
  process.off('SIGINT', onStop).off('SIGTERM', onStop);
  await new Promise((resolve) => file.end(resolve));
  return { ok, tail: tail.join('\n') };
}

/** The full path of a program on PATH. @param {string} name */
export function findProgram(name) {
  // A login without /usr/sbin and the like still finds what apt puts there.
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/usr/sbin',
  ];
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}
