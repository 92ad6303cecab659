import { readFileSync, readdirSync } from 'node:fs';

/** Linux: ticks a second and bytes a page of /proc/<pid>/stat. */
const TICKS_PER_S = 100;
const PAGE_BYTES = 4096;

export interface Usage {
  cpuS: number;
  rssMb: number;
  /** Each process by its id. */
  rssMbOf: Map<number, number>;
}

/** CPU so far and memory of a process and all that it started. */
export function usageOf(root: number): Usage {
  const parents = new Map<number, number>();
  const own = new Map<number, { cpuS: number; rssMb: number }>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      parents.set(Number(entry), Number(fields[1]));
      own.set(Number(entry), {
        cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
        rssMb: (Number(fields[21]) * PAGE_BYTES) / 1e6,
      });
    } catch {
      // Ended while we looked.
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  const below = [...own].filter(([pid]) => isBelow(pid));
  return {
    cpuS: below.reduce((sum, [, { cpuS }]) => sum + cpuS, 0),
    rssMb: below.reduce((sum, [, { rssMb }]) => sum + rssMb, 0),
    rssMbOf: new Map(below.map(([pid, { rssMb }]) => [pid, rssMb])),
  };
}
