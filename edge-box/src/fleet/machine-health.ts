import { readFile, readdir, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface MachineSample {
  cpuPercent: number;
  memoryPercent: number;
  diskPercent: number;
  temperatureC: number | null;
}

/** How busy, full and hot the machine is. What cannot be read counts as 0, and a missing sensor as null: neither is an error. */
export class MachineHealth {
  readonly #dataDir: string;
  readonly #root: string;
  #busy = cpuTimes();

  /** `root` holds `proc` and `sys`; another one only in tests. */
  constructor(dataDir: string, root = '/') {
    this.#dataDir = dataDir;
    this.#root = root;
  }

  async sample(): Promise<MachineSample> {
    const [memoryPercent, diskPercent, temperatureC] = await Promise.all([
      this.#memoryPercent(),
      this.#diskPercent(),
      this.#temperatureC(),
    ]);
    return { cpuPercent: this.#cpuPercent(), memoryPercent, diskPercent, temperatureC };
  }

  /** Since the last sample. */
  #cpuPercent(): number {
    const before = this.#busy;
    const now = (this.#busy = cpuTimes());
    const totalMs = now.totalMs - before.totalMs;
    return totalMs > 0 ? percent((now.busyMs - before.busyMs) / totalMs) : 0;
  }

  async #memoryPercent(): Promise<number> {
    const text = await readFile(path.join(this.#root, 'proc/meminfo'), 'utf8').catch(() => '');
    const kB = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    const total = kB('MemTotal');
    return total > 0 ? percent(1 - kB('MemAvailable') / total) : 0;
  }

  /** Of what the box may write to: blocks kept for root are not there for it. */
  async #diskPercent(): Promise<number> {
    const disk = await statfs(this.#dataDir).catch(() => null);
    if (!disk || disk.blocks === 0) return 0;
    const used = disk.blocks - disk.bfree;
    return percent(used / (used + disk.bavail));
  }

  /** The hottest zone. */
  async #temperatureC(): Promise<number | null> {
    const folder = path.join(this.#root, 'sys/class/thermal');
    const zones = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
      name.startsWith('thermal_zone'),
    );
    const readings = await Promise.all(
      zones.map((zone) => readFile(path.join(folder, zone, 'temp'), 'utf8').catch(() => '')),
    );
    const degrees = readings
      .filter((text) => /^-?\d+\s*$/.test(text))
      .map((text) => Number(text) / 1000)
      .filter((celsius) => celsius > -60 && celsius < 200);
    return degrees.length > 0 ? Math.max(...degrees) : null;
  }
}

const percent = (fraction: number): number => Math.round(Math.min(1, Math.max(0, fraction)) * 1000) / 10;

function cpuTimes(): { busyMs: number; totalMs: number } {
  let idleMs = 0;
  let totalMs = 0;
  for (const { times } of os.cpus()) {
    idleMs += times.idle;
    totalMs += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { busyMs: totalMs - idleMs, totalMs };
}
