import { and, arrayContains, asc, eq, gt, gte, isNull, lt, ne, notExists, sql } from 'drizzle-orm';
import { z } from 'zod';
import {
  accountIdSchema,
  caseKindSchema,
  HubError,
  specialtySchema,
  type CaseKind,
  type Specialty,
} from '../../signaling/contract/index.ts';
import { account, appointment, practitioner, slot, type Database } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';

/** Six weeks: the most that a month's page of a calendar shows. */
const LONGEST_MS = 42 * 24 * 60 * 60_000;
const MOST_LISTED = 500;

const momentMs = z.int().min(0);
export const freeSlotsSchema = z.strictObject({
  service: caseKindSchema,
  specialty: specialtySchema.optional(),
  institutionId: z.string().max(64).optional(),
  /** One person's. */
  accountId: accountIdSchema.optional(),
  fromMs: momentMs,
  /** Not included; at most six weeks later. */
  toMs: momentMs,
});
export type FreeSlotsFilter = z.input<typeof freeSlotsSchema>;

export interface FreeSlot {
  slotId: string;
  accountId: string;
  /** The real name, where the person is registered as a practitioner. */
  name: string;
  title: string | null;
  specialties: Specialty[];
  institutionId: string;
  service: CaseKind;
  startsAtMs: number;
  endsAtMs: number;
}

/**
 * Slots that can be booked: open, not begun, of people who still work here; the earliest first, at most 500.
 * @throws {HubError} invalid_message
 */
export async function freeSlots(
  db: Pick<Database, 'select'>,
  filter: FreeSlotsFilter,
  nowMs: number,
): Promise<FreeSlot[]> {
  const { service, specialty, institutionId, accountId, fromMs, toMs } = parseInput(freeSlotsSchema, filter);
  if (toMs - fromMs > LONGEST_MS) throw new HubError('invalid_message', 'at most six weeks at a time');
  const rows = await db
    .select({ slot, name: account.displayName, practitioner })
    .from(slot)
    .innerJoin(account, eq(account.id, slot.accountId))
    .leftJoin(practitioner, eq(practitioner.accountId, slot.accountId))
    .where(
      and(
        eq(slot.state, 'open'),
        eq(slot.service, service),
        gte(slot.startsAt, new Date(fromMs)),
        lt(slot.startsAt, new Date(toMs)),
        gt(slot.startsAt, new Date(nowMs)),
        institutionId === undefined ? undefined : eq(slot.institutionId, institutionId),
        accountId === undefined ? undefined : eq(slot.accountId, accountId),
        specialty && arrayContains(practitioner.specialties, [specialty]),
        isNull(account.disabledAt),
        notExists(
          db
            .select({ one: sql`1` })
            .from(appointment)
            .where(and(eq(appointment.slotId, slot.id), ne(appointment.state, 'cancelled'))),
        ),
      ),
    )
    .orderBy(asc(slot.startsAt), asc(slot.id))
    .limit(MOST_LISTED);
  return rows.map((row) => ({
    slotId: row.slot.id,
    accountId: row.slot.accountId,
    name: row.practitioner?.realName ?? row.name,
    title: row.practitioner?.title ?? null,
    specialties: row.practitioner?.specialties ?? [],
    institutionId: row.slot.institutionId,
    service: row.slot.service,
    startsAtMs: row.slot.startsAt.getTime(),
    endsAtMs: row.slot.endsAt.getTime(),
  }));
}
