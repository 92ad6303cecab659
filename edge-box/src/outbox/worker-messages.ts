import type { Capture } from '../../../src/lib/signaling/contract/index.ts';
import type { ClockSettings } from '../clock.ts';
import type { Stamp } from './records-table.ts';
import type { NewRecord, StoreStats } from './store.ts';
import type { UploadState } from './uploader.ts';

/** What the box's main thread and the outbox's thread say to each other. */

export interface WorkerStart {
  folder: string;
  limitBytes: number;
  minFreeBytes: number;
  hubUrl: string;
  version: string;
  clock: ClockSettings;
  where: Where;
  /** By the box's clock; the thread itself takes a moment to come up. */
  startedAtMs: number;
  /** Another outbox of this box tells when the box started. */
  isSecond: boolean;
}

/** What a note of the outbox itself is stamped with. */
export type Where = Omit<Stamp, 'boxAtMs'>;

export type ToWorker =
  | { type: 'append'; id: number; record: NewRecord }
  | {
      type: 'capture';
      id: number;
      stamp: Stamp;
      meta: Pick<Capture, 'mediaType' | 'label'>;
      bytes: Uint8Array;
    }
  | { type: 'reportLosses'; endedBeforeMs: number }
  | { type: 'where'; where: Where }
  | { type: 'budget'; kbps: number }
  /** Of the box, from which the hub is reached; null: as the system's routes say. */
  | { type: 'leaveFrom'; address: string | null }
  | { type: 'token'; id: number; token: string }
  | { type: 'noToken'; id: number; name: string; reason: string }
  | { type: 'close' };

export type FromWorker =
  | { type: 'kept'; id: number; number: number | null }
  | { type: 'wantToken'; id: number; fresh: boolean }
  | { type: 'stats'; stats: OutboxStats }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; message: string; fields?: Record<string, unknown> }
  | { type: 'closed' };

export interface OutboxStats extends StoreStats {
  upload: UploadState;
  uploadProblem: string | null;
}
