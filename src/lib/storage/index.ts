export { openDatabase } from './database.ts';
export type { Database, DatabaseLog, OpenDatabase } from './database.ts';
export { isDatabaseAway, isUniqueViolation } from './errors.ts';
export {
  account,
  box,
  boxEnrolmentCode,
  boxToken,
  institution,
  invitation,
  loginAttempt,
  room,
  roomEvent,
  roomParticipant,
  session,
} from './schema.ts';
export { beginBoxService, endBoxService } from './box-service.ts';
export { boxCapturePart, boxOutbox, boxRecord, boxService } from './schema-records.ts';
export { boxConfig, boxHealth, boxLog, boxStatus } from './schema-fleet.ts';
export { boxCall } from './schema-box-calls.ts';
export { streamKey } from './schema-stream-keys.ts';
