import { formatDate, formatDuration, formatTime } from '../../i18n/index.ts';
import { m } from '../../paraglide/messages.js';
import type { Gap, RoomBoxEvent, RoomCapture, Standing } from '../../records/index.ts';
import { METRICS, type MetricName } from '../../vitals/metrics.ts';

type Reading = Exclude<MetricName, `ecg-${string}` | 'pulse-wave'>;
const NAME: Record<Reading, () => string> = {
  'heart-rate': m.record_metric_heart_rate,
  'pulse-rate': m.record_metric_pulse_rate,
  'respiration-rate': m.record_metric_respiration,
  spo2: m.record_metric_spo2,
  'perfusion-index': m.record_metric_perfusion,
  temperature: m.record_metric_temperature,
  'systolic-pressure': m.record_metric_systolic,
  'diastolic-pressure': m.record_metric_diastolic,
  'mean-pressure': m.record_metric_mean_pressure,
};
const UNIT: Record<string, string> = { '/min': '/min', '%': '%', Cel: '°C', 'mm[Hg]': 'mmHg' };

/** Digits behind the point, as monitors show them; whole numbers where nothing is said. */
const DECIMALS: Partial<Record<Reading, number>> = { temperature: 1, 'perfusion-index': 1 };

/** What a signal is called, its unit and the digits it is read with; a code that we have no word for stands for itself. */
export function metricText(code: number): { name: string; unit: string; decimals: number } {
  const found = (Object.keys(NAME) as Reading[]).find((name) => METRICS[name].code === code);
  return found
    ? { name: NAME[found](), unit: UNIT[METRICS[found].ucum] ?? '', decimals: DECIMALS[found] ?? 0 }
    : { name: `MDC ${code}`, unit: '', decimals: 2 };
}

const GAP: Record<Gap['reason'], () => string> = {
  lost: m.record_gap_lost,
  restarted: m.record_gap_restarted,
  away: m.record_gap_away,
  unknown: m.record_gap_unknown,
};
const STANDING: Record<Exclude<Standing, 'counted'>, () => string> = {
  uncounted: m.record_standing_uncounted,
  quarantined: m.record_standing_quarantined,
  void: m.record_standing_void,
};
/** Why a picture is not shown as the patient's. */
export const standingText = (standing: Exclude<Standing, 'counted'>): string => STANDING[standing]();

export const gapText = (reason: Gap['reason']): string => GAP[reason]();

const KIND = {
  vitals: m.record_kind_vitals,
  capture: m.record_kind_capture,
  capturePart: m.record_kind_capture,
  event: m.record_kind_event,
  clock: m.record_kind_event,
  void: m.record_kind_event,
};

export function eventText({ event }: RoomBoxEvent): string {
  switch (event.type) {
    case 'agent.started':
      return event.clean ? m.record_event_started() : m.record_event_started_unclean();
    case 'agent.stopped':
      return m.record_event_stopped();
    case 'room.entered':
      return m.record_event_entered();
    case 'room.left':
      return m.record_event_left();
    case 'path.lost':
      return m.record_event_path_lost();
    case 'path.restored':
      return m.record_event_path_restored();
    case 'outbox.begun':
      return event.because === 'first' ? m.record_event_begun_first() : m.record_event_begun_damaged();
    case 'outbox.lost':
      return m.record_event_lost({ count: event.count, kind: KIND[event.kind]() });
  }
}

/** Worth a second look: something is missing, or may be. */
export const isTrouble = ({ event }: RoomBoxEvent): boolean =>
  event.type === 'outbox.lost' ||
  (event.type === 'outbox.begun' && event.because !== 'first') ||
  (event.type === 'agent.started' && !event.clean);

/** `57 秒`, `12:04`. */
export const lengthText = (ms: number): string =>
  ms < 60_000 ? m.record_seconds({ count: Math.round(ms / 1000) }) : formatDuration(ms);

export const timeText = (atMs: number): string => formatTime(atMs, true);
export const fullTimeText = (atMs: number): string => `${formatDate(atMs)} ${formatTime(atMs, true)}`;

export const captureHref = (roomId: string, { boxId, outboxId, number }: RoomCapture): string =>
  `/rooms/${roomId}/record/capture/${boxId}/${outboxId}/${number}`;
