import { kindText, roleText } from '../../i18n/index.ts';
import { m } from '../../paraglide/messages.js';
import type {
  AccountRole,
  CaseActor,
  CaseFunction,
  CaseKind,
  Urgency,
} from '../../signaling/contract/index.ts';

const FUNCTION: Record<CaseFunction, () => string> = {
  local_doctor: m.function_local_doctor,
  specialist: m.function_specialist,
  clinic_doctor: m.function_clinic_doctor,
  pharmacist: m.function_pharmacist,
  sonographer: m.function_sonographer,
  expert: m.function_expert,
  operating_surgeon: m.function_operating_surgeon,
  proctor: m.function_proctor,
  anaesthetist: m.function_anaesthetist,
  nurse: m.function_nurse,
  reader: m.function_reader,
  second_reader: m.function_second_reader,
  interpreter: m.function_interpreter,
  observer: m.function_observer,
};
export const functionText = (name: CaseFunction): string => FUNCTION[name]();

const URGENCY: Record<Urgency, () => string> = {
  routine: m.case_urgency_routine,
  urgent: m.case_urgency_urgent,
  emergency: m.case_urgency_emergency,
};
export const urgencyText = (urgency: Urgency): string => URGENCY[urgency]();

export const caseKindText = (kind: CaseKind): string =>
  kind === 'reading' ? m.case_kind_reading() : kindText(kind);

const OTHER_ACTOR: Record<'requester' | 'patient' | 'box' | 'clock', () => string> = {
  requester: m.actor_requester,
  patient: m.actor_patient,
  box: m.actor_box,
  clock: m.actor_clock,
};

/** Who somebody is in a case, for "waiting for …". */
export function actorText(actor: CaseActor): string {
  const [where, name] = actor.split(':');
  if (where === 'as') return functionText(name as CaseFunction);
  if (where === 'home' || where === 'guest' || where === 'role') return roleText(name as AccountRole);
  return OTHER_ACTOR[actor as keyof typeof OTHER_ACTOR]();
}

const MINUTE_MS = 60_000;

/** A length of time as one says it: `12 分钟`, `3 小时`, `2 天`. */
export function durationText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  if (minutes < 60) return m.case_minutes({ count: minutes });
  const hours = Math.round(minutes / 60);
  return hours < 48 ? m.case_hours({ count: hours }) : m.case_days({ count: Math.round(hours / 24) });
}
