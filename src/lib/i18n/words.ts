import { m } from '../paraglide/messages.js';
import type { AccountRole, ErrorCode, RoomKind, RoomRole } from '../signaling/contract/index.ts';

const ROLE: Record<RoomRole | AccountRole, () => string> = {
  rural_doctor: m.role_rural_doctor,
  specialist: m.role_specialist,
  sonographer: m.role_sonographer,
  surgeon: m.role_surgeon,
  proctor: m.role_proctor,
  anaesthetist: m.role_anaesthetist,
  nurse: m.role_nurse,
  interpreter: m.role_interpreter,
  observer: m.role_observer,
  patient: m.role_patient,
  dispatcher: m.role_dispatcher,
  pharmacist: m.role_pharmacist,
  administrator: m.role_administrator,
  box: m.role_box,
};
export const roleText = (role: RoomRole | AccountRole): string => ROLE[role]();

const KIND: Record<RoomKind, () => string> = {
  consult: m.kind_consult,
  outpatient: m.kind_outpatient,
  exam: m.kind_exam,
  surgery: m.kind_surgery,
};
export const kindText = (kind: RoomKind): string => KIND[kind]();

/** What people call a room: by its kind where nobody gave it a title. */
export const roomName = ({ title, kind }: { title: string; kind: RoomKind }): string =>
  title || kindText(kind);

/** One sentence for each error code: what happened and what to do. */
const ERROR: Record<ErrorCode, () => string> = {
  invalid_message: m.error_invalid_message,
  message_too_large: m.error_message_too_large,
  unknown_message: m.error_unknown_message,
  unauthenticated: m.error_unauthenticated,
  forbidden: m.error_forbidden,
  rate_limited: m.error_rate_limited,
  not_found: m.error_not_found,
  not_a_member: m.error_not_a_member,
  conflict: m.error_conflict,
  out_of_order: m.error_out_of_order,
  expired: m.error_expired,
  room_ended: m.error_room_ended,
  room_full: m.error_room_full,
  unsupported_media: m.error_unsupported_media,
  unavailable: m.error_unavailable,
  timeout: m.error_timeout,
  internal: m.error_internal,
};

/** Takes whatever was thrown; what is no hub error is told as an internal one. */
export function errorText(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && Object.hasOwn(ERROR, code)
    ? ERROR[code as ErrorCode]()
    : ERROR.internal();
}
