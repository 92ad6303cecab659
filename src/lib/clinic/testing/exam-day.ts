import type { AccountPrincipal, BoxPrincipal } from '../../identity/index.ts';
import { boxPrincipalId } from '../../identity/index.ts';
import { box } from '../../storage/index.ts';
import type { ClinicWorld, WorldInstitution } from './clinic-world.ts';

/** A box at work, as the hub knows it. */
export async function addBox(
  { db }: ClinicWorld,
  name: string,
  institutionId: WorldInstitution = 'county',
): Promise<BoxPrincipal> {
  await db
    .insert(box)
    .values({ id: name, name, institutionId, publicKey: `key-${name}`, status: 'enrolled' });
  return { kind: 'box', principalId: boxPrincipalId(name), boxId: name, name, institutionId };
}

export const selfTest = (status: 'ok' | 'warn' | 'fail') => ({
  startedAtMs: 0,
  tookMs: 900,
  status,
  checks: [
    {
      subject: { kind: 'video', slot: 'probe', label: '探头' },
      status,
      finding: status === 'ok' ? 'ok' : 'no-picture',
      words: { zh: '', en: '' },
    },
  ],
});

export const KIDNEY = {
  modality: 'ultrasound',
  bodyPart: 'kidney',
  laterality: 'left',
  reason: '左侧腰痛三天',
  question: '有无结石或积水？',
} as const;

/** An exam of the county's patient up to the opened room: doctor and sonographer there, `expert` elsewhere. */
export async function examInRoom(
  { clinic, person, patientId }: Pick<ClinicWorld, 'clinic' | 'person' | 'patientId'>,
  { boxId, expert, patient = patientId }: { boxId: string; expert: AccountPrincipal; patient?: string },
): Promise<string> {
  const { cases } = clinic;
  const probe = person('sonographer');
  const caseId = await cases.open(person('rural_doctor'), {
    kind: 'exam',
    patientId: patient,
    urgency: 'urgent',
    input: KIDNEY,
  });
  await cases.take(person('rural_doctor'), caseId, 'assignExpert', { accountId: expert.accountId });
  await cases.take(probe, caseId, 'prepare', { items: [] });
  await cases.take(probe, caseId, 'attachBox', { boxId, selfTest: selfTest('ok') });
  await cases.take(probe, caseId, 'openRoom');
  return caseId;
}
