import { and, eq, inArray } from 'drizzle-orm';
import { insertRoom } from '../../rooms/index.ts';
import {
  HubError,
  type CaseFunction,
  type PatientStrip,
  type RoomKind,
  type RoomRole,
} from '../../signaling/contract/index.ts';
import {
  caseParticipant,
  clinicalCase,
  endBoxService,
  patient,
  room,
  roomParticipant,
  type Transaction,
} from '../../storage/index.ts';
import { maskName } from '../model/mask.ts';
import { ageYears } from '../model/people/age.ts';
import type { CaseRow } from './effects.ts';

/** What somebody with a function in the case is in its room; null does not come in. */
const ROOM_ROLE: Record<CaseFunction, Exclude<RoomRole, 'box' | 'patient'> | null> = {
  local_doctor: 'rural_doctor',
  specialist: 'specialist',
  clinic_doctor: 'specialist',
  pharmacist: null,
  sonographer: 'sonographer',
  expert: 'specialist',
  operating_surgeon: 'surgeon',
  proctor: 'proctor',
  anaesthetist: 'anaesthetist',
  nurse: 'nurse',
  reader: null,
  second_reader: null,
  interpreter: 'interpreter',
  observer: 'observer',
};

/** Who the patient is, masked, for a room's strip. */
export async function stripOf(
  tx: Transaction,
  { patientId, laterality }: Pick<CaseRow, 'patientId' | 'laterality'>,
  atMs: number,
): Promise<PatientStrip> {
  const [found] = await tx.select().from(patient).where(eq(patient.id, patientId));
  if (!found) throw new HubError('not_found', 'no such patient');
  return {
    maskedName: maskName(found.name),
    sex: found.sex,
    ageYears: found.birthDate === null ? null : ageYears(found.birthDate, atMs),
    maskedId: found.idMasked ?? '',
    laterality: laterality ?? 'unset',
  };
}

/**
 * Opens the room of a case, with everybody who has a function in it and with its box. For effects: returns the room's id for
 * `columns.roomId`.
 * @throws {HubError} conflict: the box serves another room
 */
export async function openCaseRoom(
  tx: Transaction,
  row: CaseRow,
  // Without a title it is called by its kind, in the language of whoever looks.
  { kind, title = '', openedBy, atMs }: { kind: RoomKind; title?: string; openedBy: string; atMs: number },
): Promise<string> {
  const people = await tx
    .select({ accountId: caseParticipant.accountId, function: caseParticipant.function })
    .from(caseParticipant)
    .where(eq(caseParticipant.caseId, row.id));
  const roles = new Map<string, Exclude<RoomRole, 'box' | 'patient'>>();
  for (const each of people) {
    const role = ROOM_ROLE[each.function];
    if (role && !roles.has(each.accountId)) roles.set(each.accountId, role);
  }
  return insertRoom(
    tx,
    {
      kind,
      title,
      patient: await stripOf(tx, row, atMs),
      participants: [...roles].map(([accountId, role]) => ({ accountId, role })),
      boxId: row.boxId,
    },
    { accountId: openedBy, institutionId: row.institutionId },
  );
}

/** Somebody who joined the case after its room was opened; nothing when there is no room yet. */
export async function letIntoRoom(
  tx: Transaction,
  row: CaseRow,
  accountId: string,
  as: CaseFunction,
): Promise<void> {
  const role = ROOM_ROLE[as];
  if (row.roomId === null || role === null) return;
  await tx
    .insert(roomParticipant)
    .values({ roomId: row.roomId, accountId, role })
    .onConflictDoUpdate({ target: [roomParticipant.roomId, roomParticipant.accountId], set: { role } });
}

/** Somebody who no longer takes part may not come in again; who is in the room is dismissed by whoever calls this. */
export async function keepOutOfRoom(
  tx: Transaction,
  row: CaseRow,
  accountIds: readonly string[],
): Promise<void> {
  if (row.roomId === null || accountIds.length === 0) return;
  await tx
    .delete(roomParticipant)
    .where(and(eq(roomParticipant.roomId, row.roomId), inArray(roomParticipant.accountId, [...accountIds])));
}

/** Shuts the case's room for good. Whoever is in it at this moment is sent out by whoever calls this, once the transaction stands. */
export async function endCaseRoom(tx: Transaction, { roomId }: CaseRow, atMs: number): Promise<void> {
  if (roomId === null) return;
  await tx
    .update(room)
    .set({ status: 'ended', endedAt: new Date(atMs), boxId: null })
    .where(and(eq(room.id, roomId), eq(room.status, 'open')));
  await endBoxService(tx, roomId);
}

/** The case that a room belongs to. */
export async function caseOfRoom(tx: Pick<Transaction, 'select'>, roomId: string): Promise<CaseRow | null> {
  const [row] = await tx.select().from(clinicalCase).where(eq(clinicalCase.roomId, roomId));
  return row ?? null;
}
