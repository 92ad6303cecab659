import { z } from 'zod';

/** What an account may be (clinical.md, "The people"). An account may hold several. */
export const ACCOUNT_ROLES = [
  'rural_doctor',
  'specialist',
  'sonographer',
  'surgeon',
  'proctor',
  'anaesthetist',
  'nurse',
  'interpreter',
  'observer',
  'pharmacist',
  'dispatcher',
  'administrator',
] as const;
export const accountRoleSchema = z.enum(ACCOUNT_ROLES);
export type AccountRole = z.infer<typeof accountRoleSchema>;

/** What somebody, or a box, is within one room. Patients come by invitation and have no account. */
export const ROOM_ROLES = [
  'rural_doctor',
  'specialist',
  'sonographer',
  'surgeon',
  'proctor',
  'anaesthetist',
  'nurse',
  'interpreter',
  'observer',
  'patient',
  'dispatcher',
  'box',
] as const;
export const roomRoleSchema = z.enum(ROOM_ROLES);
export type RoomRole = z.infer<typeof roomRoleSchema>;

/** The four remotes (四远程). */
export const ROOM_KINDS = ['consult', 'outpatient', 'exam', 'surgery'] as const;
export const roomKindSchema = z.enum(ROOM_KINDS);
export type RoomKind = z.infer<typeof roomKindSchema>;

/**
 * Stream classes, most important last to be given up (decision 7): `clinical` (probe, scope, field) keeps its floor,
 * `voice` survives longest, then `face`, then `screen`. `vitals` are data channels.
 */
export const STREAM_CLASSES = ['clinical', 'voice', 'face', 'screen', 'vitals'] as const;
export const streamClassSchema = z.enum(STREAM_CLASSES);
export type StreamClass = z.infer<typeof streamClassSchema>;
