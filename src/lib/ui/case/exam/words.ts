import { m } from '../../../paraglide/messages.js';
import type { SELF_TEST_FINDINGS } from '../../../signaling/contract/self-test.ts';

const STATE: Record<string, () => string> = {
  ordered: m.exam_state_ordered,
  scheduled: m.exam_state_scheduled,
  prepared: m.exam_state_prepared,
  ready: m.exam_state_ready,
  identifying: m.exam_state_identifying,
  frozen: m.exam_state_frozen,
  examining: m.exam_state_examining,
  drafting: m.exam_state_drafting,
  reported: m.exam_state_reported,
  closed: m.exam_state_closed,
  cancelled: m.exam_state_cancelled,
  no_show: m.exam_state_no_show,
  voided: m.exam_state_voided,
  became_consult: m.exam_state_became_consult,
};
export const examStateText = (state: string): string => STATE[state]?.() ?? state;

export function examStateTone(state: string): 'ok' | 'active' | 'caution' | 'alarm' | 'neutral' {
  switch (state) {
    case 'examining':
      return 'ok';
    case 'frozen':
      return 'alarm';
    case 'identifying':
    case 'became_consult':
      return 'caution';
    case 'closed':
    case 'cancelled':
    case 'no_show':
    case 'voided':
      return 'neutral';
    default:
      return 'active';
  }
}

export type Finding = Exclude<(typeof SELF_TEST_FINDINGS)[number], 'ok'>;

const FINDING: Record<Finding, () => string> = {
  'device-missing': m.exam_finding_device_missing,
  'device-refused': m.exam_finding_device_refused,
  'device-silent': m.exam_finding_device_silent,
  'no-picture': m.exam_finding_no_picture,
  'rate-low': m.exam_finding_rate_low,
  'picture-black': m.exam_finding_picture_black,
  'picture-frozen': m.exam_finding_picture_frozen,
  'sound-missing': m.exam_finding_sound_missing,
  'sound-quiet': m.exam_finding_sound_quiet,
  'vitals-absent': m.exam_finding_vitals_absent,
  'vitals-refused': m.exam_finding_vitals_refused,
  'vitals-no-value': m.exam_finding_vitals_no_value,
  'disk-low': m.exam_finding_disk_low,
  'disk-full': m.exam_finding_disk_full,
  'clock-unknown': m.exam_finding_clock_unknown,
  'clock-off': m.exam_finding_clock_off,
  'hub-away': m.exam_finding_hub_away,
  'uplink-thin': m.exam_finding_uplink_thin,
};
export const FINDINGS = Object.keys(FINDING) as Finding[];
export const findingText = (finding: string): string => FINDING[finding as Finding]?.() ?? finding;

const SELF_TEST = {
  ok: m.exam_self_test_ok,
  warn: m.exam_self_test_warn,
  fail: m.exam_self_test_fail,
} as const;
export const selfTestText = (status: keyof typeof SELF_TEST): string => SELF_TEST[status]();
