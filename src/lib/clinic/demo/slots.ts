import { and, eq, gt } from 'drizzle-orm';
import type { CaseKind } from '../../signaling/contract/index.ts';
import { slot, type Database } from '../../storage/index.ts';
import { addDays, wallOf } from '../model/time/index.ts';
import type { Slots } from '../time/slots.ts';
import { principalOf, withDemoAccounts } from './accounts.ts';

/** By user name of the demo hospital: what is offered on each of the coming days. */
const OFFERED: Record<string, { service: CaseKind; from: string; until: string; minutes: number }[]> = {
  wang: [
    { service: 'outpatient', from: '09:00', until: '11:30', minutes: 30 },
    { service: 'outpatient', from: '14:00', until: '16:00', minutes: 30 },
  ],
  li: [
    { service: 'outpatient', from: '09:00', until: '10:00', minutes: 20 },
    { service: 'consult', from: '14:00', until: '17:00', minutes: 30 },
  ],
  lin: [{ service: 'consult', from: '10:00', until: '12:00', minutes: 30 }],
};

/**
 * Time that the demo doctors offer in the week from tomorrow. After `seedDemo`, however often and by however many nodes: who has published
 * (or taken back) anything that is still to come is left alone.
 */
export async function seedDemoSlots({
  db,
  slots,
  zone,
  now = Date.now,
}: {
  db: Database;
  slots: Slots;
  zone: string;
  now?: () => number;
}): Promise<void> {
  await withDemoAccounts(db, Object.keys(OFFERED), async (tx, doctors) => {
    const firstDay = addDays(wallOf(now(), zone).day, 1);
    for (const doctor of doctors.values()) {
      const [ahead] = await tx
        .select({ id: slot.id })
        .from(slot)
        .where(and(eq(slot.accountId, doctor.id), gt(slot.startsAt, new Date(now()))))
        .limit(1);
      if (ahead) continue;
      for (const offered of OFFERED[doctor.username]!)
        await slots.publish(principalOf(doctor), {
          kind: 'weekly',
          ...offered,
          zone,
          firstDay,
          weeks: 1,
          weekdays: [1, 2, 3, 4, 5, 6, 7],
        });
    }
  });
}
