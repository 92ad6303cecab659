import type { z } from 'zod';
import type { CaseLinks } from '../../identity/index.ts';
import { HubError, type AccountRole } from '../../signaling/contract/index.ts';
import { endCaseRoom } from '../cases/case-room.ts';
import type { Cases } from '../cases/cases.ts';
import type { Actor, CaseRow, EffectContext, EffectResult } from '../cases/effects.ts';
import type { LiveRooms } from '../consult/consult-effects.ts';
import type { INPUTS, OutpatientData } from '../model/outpatient/outpatient-data.ts';
import type { QueueBoard } from './queue-board.ts';

/** Whose time a visit can be. */
export const DOCTORS: readonly AccountRole[] = ['rural_doctor', 'specialist', 'surgeon'];

export interface OutpatientParts {
  /** Behind a function: the cases are made with these effects. */
  cases: () => Pick<Cases, 'openWithin' | 'takeWithin'>;
  board: Pick<QueueBoard, 'moved'>;
  rooms: LiveRooms;
  links: Pick<CaseLinks, 'revokeWithin'>;
}

export const dataOf = (row: CaseRow): OutpatientData => row.data as OutpatientData;
export type Input<Name extends keyof typeof INPUTS> = z.output<(typeof INPUTS)[Name]>;

export function accountOf({ accountId }: Actor): string {
  if (accountId === null) throw new HubError('forbidden', 'a person does this');
  return accountId;
}

export function placeIn(row: CaseRow): { caseId: string; institutionId: string; doctorId: string } {
  const { doctorId } = dataOf(row);
  if (doctorId === null) throw new HubError('out_of_order', 'no doctor is booked');
  return { caseId: row.id, institutionId: row.institutionId, doctorId };
}

/** Its doors are shut; who is in it is sent out once the step stands. */
export async function shutRoom(
  { tx, row, atMs }: EffectContext,
  rooms: LiveRooms,
): Promise<NonNullable<EffectResult['afterCommit']>> {
  const { roomId } = row;
  await endCaseRoom(tx, row, atMs);
  return () => void (roomId && rooms.ended(roomId));
}
