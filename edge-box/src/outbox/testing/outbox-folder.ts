import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Stamp } from '../records-table.ts';
import { OutboxStore, type StoreOptions } from '../store.ts';

export const MB = 1024 * 1024;

export const stampAt = (boxAtMs: number, over: Partial<Stamp> = {}): Stamp => ({
  boxAtMs,
  clockRun: 'testrun-1',
  hubOffsetMs: 5,
  roomId: null,
  ...over,
});

/** `fast`: in memory, where nobody waits for a disk; for what does not need one. */
export function temporaryFolder(where?: 'fast'): { folder: string; remove: () => void } {
  const base = where === 'fast' && existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  const folder = mkdtempSync(path.join(base, 'rui-outbox-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function openStore(folder: string, over: Partial<StoreOptions> = {}): OutboxStore {
  return new OutboxStore({
    folder,
    limitBytes: 64 * MB,
    minFreeBytes: 0,
    stamp: () => stampAt(1_790_000_000_000),
    freeBytes: () => 10_000 * MB,
    ...over,
  });
}
