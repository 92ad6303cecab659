import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { newId, type AccountPrincipal } from '../../../identity/index.ts';
import type { CaseKind } from '../../../signaling/contract/index.ts';
import { clinicalCase, slot, type Database } from '../../../storage/index.ts';
import type { ClinicWorld } from '../../testing/clinic-world.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A case as a table holds it: time does not care how its workflow began it. */
export async function addCase(
  { db, clock, person, patientId }: ClinicWorld,
  values: Partial<typeof clinicalCase.$inferInsert> = {},
): Promise<{ caseId: string; patientId: string }> {
  const id = newId();
  const doctor = person('rural_doctor');
  const row = {
    id,
    kind: 'outpatient' as CaseKind,
    state: 'draft',
    urgency: 'routine' as const,
    patientId,
    institutionId: doctor.institutionId,
    requestedBy: doctor.accountId,
    data: {},
    version: 1,
    createdAt: new Date(clock.nowMs),
    updatedAt: new Date(clock.nowMs),
    ...values,
  };
  await db.insert(clinicalCase).values(row);
  return { caseId: id, patientId: row.patientId };
}

/** A slot of half an hour, as a table holds it. */
export async function addSlot(
  { db }: Pick<ClinicWorld, 'db'>,
  of: AccountPrincipal,
  startsAtMs: number,
  service: CaseKind = 'outpatient',
): Promise<string> {
  const id = newId();
  await db.insert(slot).values({
    id,
    accountId: of.accountId,
    institutionId: of.institutionId,
    service,
    startsAt: new Date(startsAtMs),
    endsAt: new Date(startsAtMs + 30 * MINUTE_MS),
  });
  return id;
}

/** As many connections as there are clients, so that they truly act at the same time. */
export function openClients(url: string, count: number): { db: Database; close(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: url, max: count, statement_timeout: 10_000 });
  return { db: drizzle({ client: pool }) as unknown as Database, close: () => pool.end() };
}
