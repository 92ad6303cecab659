import { z } from 'zod';
import {
  accountIdSchema,
  boxIdSchema,
  patientStripSchema,
  rolesIn,
  roomKindSchema,
  roomRoleSchema,
  textSchema,
} from '../signaling/contract/index.ts';

/** What somebody fills in to open a room. */
export const newRoomSchema = z
  .strictObject({
    kind: roomKindSchema,
    title: textSchema(120),
    patient: patientStripSchema.nullable(),
    participants: z
      .array(z.strictObject({ accountId: accountIdSchema, role: roomRoleSchema.exclude(['box', 'patient']) }))
      .min(1)
      .max(30),
    boxId: boxIdSchema.nullable(),
  })
  .refine((room) => room.participants.every(({ role }) => (rolesIn(room.kind) as string[]).includes(role)), {
    error: 'a role that this kind of room does not have',
    path: ['participants'],
  })
  .refine(
    (room) => new Set(room.participants.map(({ accountId }) => accountId)).size === room.participants.length,
    {
      error: 'somebody is named twice',
      path: ['participants'],
    },
  );

export type NewRoomInput = z.input<typeof newRoomSchema>;
export type NewRoom = z.output<typeof newRoomSchema>;
