import type { AccountRole, RoomKind, RoomRole, StreamClass } from './roles.ts';

/**
 * Decision 2: deny by default. What is not in these tables is refused. The hub checks them for every message and the
 * UI shows its controls from the same tables.
 */
export const ROOM_CAPABILITIES = [
  'room.attend', // leave, synchronise, read state
  'room.end',
  'lobby.admit',
  'member.mute',
  'member.remove',
  'host.hold', // may be made host
  'host.transfer',
  'invitation.create',
  'box.attach',
  'patient.confirm', // beside the patient: it is this one, and this side
  'picture.keep', // have a box keep a picture of its device for the record
  'picture.take', // a box: says what became of that
  'chat.write',
  'hand.raise',
  'media.connect', // transports, own clock, own statistics
  'media.receive',
  'publish.clinical',
  'publish.voice',
  'publish.face',
  'publish.screen',
  'publish.vitals',
] as const;
export type RoomCapability = (typeof ROOM_CAPABILITIES)[number];

export const HUB_CAPABILITIES = [
  'session.use', // anybody who is authenticated: clock, health of the session
  'room.join', // ask to come in; whom the room lets in is decided by its participants and its host
  'room.create',
  'box.serve', // a box: say what it is, receive assignments
  'box.manage', // create enrolment codes and the keys of WHIP and WHEP devices, revoke
  'account.manage',
] as const;
export type HubCapability = (typeof HUB_CAPABILITIES)[number];
export type Capability = RoomCapability | HubCapability;

/** Who acts: somebody with an account, a guest with an invitation, a patient with a link to a case, a box, or a WHIP device or WHEP player. */
export type PrincipalKind = 'account' | 'guest' | 'patient' | 'box' | 'stream';

const HUB_BY_KIND: Record<PrincipalKind, readonly HubCapability[]> = {
  account: ['session.use', 'room.join'],
  guest: ['session.use', 'room.join'],
  patient: ['session.use', 'room.join'],
  box: ['session.use', 'room.join', 'box.serve'],
  stream: ['room.join'],
};

const HUB_BY_ROLE: Partial<Record<AccountRole, readonly HubCapability[]>> = {
  rural_doctor: ['room.create'],
  specialist: ['room.create'],
  sonographer: ['room.create'],
  surgeon: ['room.create'],
  dispatcher: ['room.create'],
  administrator: ['room.create', 'box.manage', 'account.manage'],
};

export function hubCapabilitiesOf(kind: PrincipalKind, roles: readonly AccountRole[]): Set<HubCapability> {
  return new Set([...HUB_BY_KIND[kind], ...roles.flatMap((role) => HUB_BY_ROLE[role] ?? [])]);
}

const ATTEND = ['room.attend', 'media.connect', 'media.receive', 'chat.write', 'hand.raise'] as const;
const SPEAK = [...ATTEND, 'publish.voice', 'publish.face'] as const;
/** A clinician at the bedside or at the far end: brings people and boxes in, may lead. */
const CLINICIAN = [
  ...SPEAK,
  'publish.screen',
  'lobby.admit',
  'invitation.create',
  'box.attach',
  'host.hold',
  'picture.keep',
] as const;
/** A clinician who may show a device picture from the own computer (a grabber card, a scope in the browser). */
const BEDSIDE = [...CLINICIAN, 'publish.clinical'] as const;
const ASSISTANT = [...SPEAK, 'publish.screen', 'publish.clinical'] as const;
const COORDINATOR = [...SPEAK, 'lobby.admit', 'invitation.create', 'box.attach', 'host.hold'] as const;
const BOX = [
  'room.attend',
  'patient.confirm',
  'picture.take',
  'media.connect',
  'media.receive', // talk-back to its speaker
  'publish.clinical',
  'publish.voice',
  'publish.face', // its room camera
  'publish.vitals',
] as const;

/** `room kind × role → capabilities`. A role that a kind does not list cannot be held in such a room. */
const ROOM_TABLE: Record<RoomKind, Partial<Record<RoomRole, readonly RoomCapability[]>>> = {
  consult: {
    rural_doctor: BEDSIDE,
    specialist: CLINICIAN,
    sonographer: BEDSIDE,
    nurse: ASSISTANT,
    interpreter: SPEAK,
    observer: ['room.attend', 'media.connect', 'media.receive'],
    patient: SPEAK,
    dispatcher: COORDINATOR,
    box: BOX,
  },
  outpatient: {
    rural_doctor: BEDSIDE,
    specialist: CLINICIAN,
    nurse: ASSISTANT,
    interpreter: SPEAK,
    observer: ['room.attend', 'media.connect', 'media.receive'],
    patient: SPEAK,
    dispatcher: COORDINATOR,
    box: BOX,
  },
  exam: {
    rural_doctor: BEDSIDE,
    specialist: CLINICIAN,
    sonographer: BEDSIDE,
    nurse: ASSISTANT,
    interpreter: SPEAK,
    observer: ['room.attend', 'media.connect', 'media.receive'],
    patient: SPEAK,
    dispatcher: COORDINATOR,
    box: BOX,
  },
  surgery: {
    surgeon: BEDSIDE,
    proctor: CLINICIAN,
    anaesthetist: [...SPEAK, 'publish.screen'],
    nurse: ASSISTANT,
    specialist: [...SPEAK, 'publish.screen'],
    interpreter: SPEAK,
    // clinical.md: observers are mute in surgery, and do not write into the room either.
    observer: ['room.attend', 'media.connect', 'media.receive'],
    dispatcher: COORDINATOR,
    box: BOX,
  },
};

/** What the host may do on top of the own role. The host is always somebody whose role holds `host.hold`. */
const HOST: readonly RoomCapability[] = [
  'lobby.admit',
  'member.mute',
  'member.remove',
  'host.transfer',
  'room.end',
];

export function roomCapabilitiesOf(kind: RoomKind, role: RoomRole, isHost: boolean): Set<RoomCapability> {
  const own = ROOM_TABLE[kind][role] ?? [];
  return new Set(isHost && own.includes('host.hold') ? [...own, ...HOST] : own);
}

export function rolesIn(kind: RoomKind): RoomRole[] {
  return Object.keys(ROOM_TABLE[kind]) as RoomRole[];
}

export const PUBLISH_CAPABILITY: Record<StreamClass, RoomCapability> = {
  clinical: 'publish.clinical',
  voice: 'publish.voice',
  face: 'publish.face',
  screen: 'publish.screen',
  vitals: 'publish.vitals',
};
