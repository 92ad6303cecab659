import type { AccountPrincipal } from '../../identity/index.ts';
import type { Urgency } from '../../signaling/contract/index.ts';
import type { ClinicWorld } from './clinic-world.ts';

export const REQUEST = {
  reason: '右上腹痛三天',
  purpose: '明确诊断，指导治疗',
  summary: '女，65 岁。右上腹痛三天，伴发热，墨菲征阳性。',
  specialty: 'general_surgery',
} as const;
export const CONSENT = {
  givenBy: 'patient',
  signedName: '张桂华',
  feeFen: 20_000,
  textVersion: 'consult-1',
} as const;

const STEPS = ['requested', 'claimed', 'matched', 'accepted', 'consented', 'ready', 'in_session'] as const;
export type ConsultStage = 'draft' | (typeof STEPS)[number];

/** A consult of the county's doctor, led to a state by everybody's own steps. */
export async function consultAt(
  { clinic: { cases }, person, patientId, clock }: ClinicWorld,
  stage: ConsultStage,
  {
    urgency = 'urgent',
    specialist = person('specialist', 'city'),
    dispatcher = person('dispatcher', 'city'),
    // Each its own hour, or one specialist would be in two at once.
    startsAtMs = clock.nowMs + (hour = (hour + 1) % 90) * 3_600_000,
  }: {
    urgency?: Urgency;
    specialist?: AccountPrincipal;
    dispatcher?: AccountPrincipal;
    startsAtMs?: number;
  } = {},
): Promise<string> {
  const doctor = person('rural_doctor');
  const caseId = await cases.open(doctor, { kind: 'consult', patientId, urgency, input: {} });
  const meeting = { accountId: specialist.accountId, startsAtMs };
  const steps: Record<(typeof STEPS)[number], [AccountPrincipal, string, unknown]> = {
    requested: [doctor, 'submit', REQUEST],
    claimed: [dispatcher, 'claim', {}],
    matched: [dispatcher, 'match', meeting],
    accepted: [specialist, 'accept', {}],
    consented: [doctor, 'recordConsent', CONSENT],
    ready: [doctor, 'invite', {}],
    in_session: [doctor, 'openRoom', {}],
  };
  for (const step of stage === 'draft' ? [] : STEPS.slice(0, STEPS.indexOf(stage) + 1))
    await cases.take(steps[step][0], caseId, steps[step][1], steps[step][2]);
  return caseId;
}
let hour = 0;
