import type { SelfTestCheck, SelfTestResult } from '../../../signaling/contract/self-test.ts';
import type { Finding } from './words.ts';

const SUBJECT: Partial<Record<Finding, SelfTestCheck['subject']>> = {
  'sound-missing': { kind: 'sound', slot: 'sound', label: '' },
  'sound-quiet': { kind: 'sound', slot: 'sound', label: '' },
  'vitals-absent': { kind: 'vitals', sourceId: 'vitals' },
  'vitals-refused': { kind: 'vitals', sourceId: 'vitals' },
  'vitals-no-value': { kind: 'vitals', sourceId: 'vitals' },
  'disk-low': { kind: 'disk' },
  'disk-full': { kind: 'disk' },
  'clock-unknown': { kind: 'clock' },
  'clock-off': { kind: 'clock' },
  'hub-away': { kind: 'hub' },
  'uplink-thin': { kind: 'uplink' },
};

/** A box shows its self-test on its own screen; this is what the person in front of it read there. */
export function selfTestSaid(
  status: SelfTestResult['status'],
  finding: Finding | null,
  atMs: number,
): SelfTestResult {
  const checks: SelfTestCheck[] =
    status === 'ok' || finding === null
      ? []
      : [
          {
            subject: SUBJECT[finding] ?? { kind: 'video', slot: 'video', label: '' },
            status,
            finding,
            words: { zh: '', en: '' },
          },
        ];
  return { startedAtMs: atMs, tookMs: 0, status, checks };
}
