import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  chromium: string;
  redis: string;
}

const firstLine = (program: string) => {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0]!.trim();
  } catch {
    return 'not found';
  }
};

export function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    chromium: firstLine(process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium').replace(/ built on.*/, ''),
    redis: `Redis ${/v=([0-9.]+)/.exec(firstLine('redis-server'))?.[1] ?? 'unknown'}`,
  };
}
