import { and, eq, isNull } from 'drizzle-orm';
import { isHubError } from '../../signaling/contract/index.ts';
import { clinicalCase, patient, type Database } from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { SurgeryRole } from '../model/surgery/team.ts';
import { principalOf, withDemoAccounts } from './accounts.ts';

const TEAM: { username: string; role: SurgeryRole; remote: boolean }[] = [
  { username: 'gao', role: 'operating_surgeon', remote: true },
  { username: 'chen', role: 'local_surgeon', remote: false },
  { username: 'wu', role: 'proctor', remote: true },
  { username: 'he', role: 'anaesthetist', remote: false },
  { username: 'sun', role: 'nurse', remote: false },
  { username: 'tan', role: 'observer', remote: true },
];
const PATIENT = '杨国强';
const HOUR_MS = 3_600_000;

/**
 * One operation that chen has booked, to be walked from the consent on; another once it is over. After `seedDemoPeople`, however often and by
 * however many nodes. Where people have changed the demo hospital so that it cannot be booked, there is none.
 */
export async function seedDemoSurgery({
  db,
  cases,
  now = Date.now,
}: {
  db: Database;
  cases: Cases;
  now?: () => number;
}): Promise<void> {
  const usernames = TEAM.map(({ username }) => username);
  await withDemoAccounts(db, usernames, async (tx, byName) => {
    const chen = byName.get('chen');
    if (!chen || byName.size < TEAM.length) return;
    const { institutionId } = chen;
    const [booked] = await tx
      .select({ id: clinicalCase.id })
      .from(clinicalCase)
      .where(
        and(
          eq(clinicalCase.kind, 'surgery'),
          eq(clinicalCase.institutionId, institutionId),
          isNull(clinicalCase.closedAt),
        ),
      )
      .limit(1);
    const [found] = await tx
      .select({ id: patient.id })
      .from(patient)
      .where(
        and(eq(patient.name, PATIENT), eq(patient.institutionId, institutionId), isNull(patient.mergedInto)),
      )
      .limit(1);
    if (booked || !found) return;
    // The lock is ours: no other node does the same meanwhile.
    await cases
      .open(principalOf(chen), {
        kind: 'surgery',
        patientId: found.id,
        urgency: 'routine',
        input: {
          procedure: '腹腔镜右肾部分切除术',
          site: '肾',
          laterality: 'right',
          indication: '右肾下极占位 3.2 cm，本院无独立完成经验，请上海示范医院远程主刀。',
          scheduledAtMs: now() + HOUR_MS,
          plannedMinutes: 150,
          team: TEAM.map(({ username, role, remote }) => ({
            accountId: byName.get(username)!.id,
            role,
            remote,
          })),
          takeoverPlan: {
            who: chen.id,
            when: '链路中断即刻；画面延迟超过 300 毫秒持续 5 秒；出血不能控制。',
            how: '改本地腹腔镜继续，必要时中转开腹。',
          },
        },
      })
      .catch((error: unknown) => {
        if (!isHubError(error)) throw error;
      });
  });
}
