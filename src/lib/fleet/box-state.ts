import type { BoxReport } from '../signaling/contract/index.ts';

/** Not heard for so long is offline: three reports missed. */
export const OFFLINE_AFTER_MS = 30_000;
const DISK_NEARLY_FULL_PERCENT = 90;
const MEMORY_NEARLY_FULL_PERCENT = 95;
/** Ours: small fanless machines throttle between 85 and 95 °C. */
const HOT_C = 85;
/** A token is refused from a minute on; care is due long before. */
const CLOCK_OFF_MS = 10_000;

export type BoxTrouble =
  | BoxReport['problems'][number]
  | 'disk_nearly_full'
  | 'memory_nearly_full'
  | 'hot'
  | 'clock_off'
  | 'config_refused'
  | 'config_rolled_back'
  | 'update_refused'
  | 'update_rolled_back';

export interface BoxState {
  /** `awaiting` its first enrolment; `care`: somebody should look, `troubles` says why. */
  state: 'ready' | 'busy' | 'offline' | 'care' | 'awaiting' | 'revoked';
  /** What was last known, also of a box that is offline. */
  troubles: BoxTrouble[];
}

/** How a box is, from all that the hub knows of it. The one place where this is decided. */
export function deriveBoxState(known: {
  status: 'awaiting' | 'enrolled' | 'revoked';
  report: BoxReport | null;
  reportedAtMs: number | null;
  /** What became of the newest configuration. */
  configOutcome: 'waiting' | 'applied' | 'refused' | 'rolled_back' | 'replaced' | null;
  nowMs: number;
}): BoxState {
  const { status, report, reportedAtMs, nowMs } = known;
  if (status !== 'enrolled') return { state: status, troubles: [] };
  if (!report || reportedAtMs === null) return { state: 'offline', troubles: [] };
  const troubles = troublesOf(report, known.configOutcome);
  if (nowMs - reportedAtMs > OFFLINE_AFTER_MS) return { state: 'offline', troubles };
  if (troubles.length > 0) return { state: 'care', troubles };
  return { state: report.serving ? 'busy' : 'ready', troubles };
}

function troublesOf(report: BoxReport, configOutcome: string | null): BoxTrouble[] {
  const found: Partial<Record<BoxTrouble, boolean>> = {
    disk_nearly_full: report.diskPercent >= DISK_NEARLY_FULL_PERCENT,
    memory_nearly_full: report.memoryPercent >= MEMORY_NEARLY_FULL_PERCENT,
    hot: report.temperatureC !== null && report.temperatureC >= HOT_C,
    clock_off: report.clockOffsetMs !== null && Math.abs(report.clockOffsetMs) >= CLOCK_OFF_MS,
    config_refused: configOutcome === 'refused',
    config_rolled_back: configOutcome === 'rolled_back',
    update_refused: report.update?.state === 'refused',
    update_rolled_back: report.update?.state === 'rolled_back',
  };
  const seen = (Object.keys(found) as BoxTrouble[]).filter((trouble) => found[trouble]);
  return [...new Set([...report.problems, ...seen])];
}
