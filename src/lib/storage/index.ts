export { openDatabase } from './database.ts';
export type { Database, DatabaseLog, OpenDatabase, Transaction } from './database.ts';
export { isDatabaseAway, isExclusionViolation, isUniqueViolation } from './errors.ts';
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
export {
  caseEvent,
  caseParticipant,
  clinicalCase,
  department,
  patient,
  patientMerge,
  practitioner,
} from './schema-clinic.ts';
export { caseAttachment, caseAttachmentPart, caseDocument, caseLink } from './schema-clinic-files.ts';
export {
  appointment,
  calendarFeed,
  contactPreference,
  followUp,
  notification,
  reminder,
  slot,
  webhook,
} from './schema-clinic-time.ts';
export { aiModel, aiSuggestion, questionnaire, queueEntry } from './schema-clinic-services.ts';
