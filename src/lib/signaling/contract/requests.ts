import { z } from 'zod';
import { ROOM_CAPABILITIES, type Capability } from './capabilities.ts';
import { displayNameSchema, feedIdSchema, memberIdSchema, textSchema } from './ids.ts';
import { inRoom, nothing, type RequestDefinition } from './request-definition.ts';
import { BOX_REQUESTS } from './requests-box.ts';
import { MEDIA_REQUESTS } from './requests-media.ts';
import { roomEventSchema } from './room-events.ts';
import { roomStateSchema } from './room-model.ts';
import { roomRoleSchema, type StreamClass } from './roles.ts';

export type { LimitClass } from './request-definition.ts';

const joined = z.object({
  outcome: z.literal('joined'),
  memberId: memberIdSchema,
  role: roomRoleSchema,
  /** What the role may do as a plain member; the host's additions follow from the state. */
  capabilities: z.array(z.enum(ROOM_CAPABILITIES)),
  state: roomStateSchema,
  /** Names the member's media on the SFU: transports, producers, consumers live and die with it. */
  mediaSessionId: z.string(),
  /** True when the media session that the client named is still alive, so that nothing has to be rebuilt. */
  mediaKept: z.boolean(),
  routerRtpCapabilities: z.looseObject({}),
  hubMs: z.number(),
});

const waiting = z.object({ outcome: z.literal('waiting'), memberId: memberIdSchema });

/**
 * Every message that a browser or a box may send. Names are `area.verb`. The acknowledgement is
 * `{ok: true, data: <response>}` or `{ok: false, error: {code, message}}`.
 */
export const REQUESTS = {
  'clock.sync': {
    scope: 'hub',
    capability: 'session.use',
    limit: 'clock',
    request: z.strictObject({ clientMs: z.number() }),
    response: z.object({ clientMs: z.number(), hubMs: z.number() }),
  },

  'room.join': {
    scope: 'room',
    capability: 'room.join',
    limit: 'join',
    request: z.strictObject({ ...inRoom, mediaSessionId: z.string().max(64).optional() }),
    response: z.discriminatedUnion('outcome', [joined, waiting]),
  },
  'room.withdraw': {
    // Stop waiting in the lobby.
    scope: 'room',
    capability: 'room.join',
    limit: 'join',
    request: z.strictObject(inRoom),
    response: nothing,
  },
  'room.leave': {
    scope: 'room',
    capability: 'room.attend',
    limit: 'join',
    request: z.strictObject(inRoom),
    response: nothing,
  },
  'room.sync': {
    scope: 'room',
    capability: 'room.attend',
    limit: 'control',
    request: z.strictObject({ ...inRoom, sinceSeq: z.int().min(0) }),
    response: z.discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('events'), events: z.array(roomEventSchema) }),
      z.object({ outcome: z.literal('state'), state: roomStateSchema }),
    ]),
  },
  'room.end': {
    scope: 'room',
    capability: 'room.end',
    limit: 'control',
    request: z.strictObject(inRoom),
    response: nothing,
  },

  'lobby.admit': {
    scope: 'room',
    capability: 'lobby.admit',
    limit: 'control',
    request: z.strictObject({ ...inRoom, memberId: memberIdSchema }),
    response: nothing,
  },
  'lobby.refuse': {
    scope: 'room',
    capability: 'lobby.admit',
    limit: 'control',
    request: z.strictObject({ ...inRoom, memberId: memberIdSchema }),
    response: nothing,
  },

  'member.mute': {
    scope: 'room',
    capability: 'member.mute',
    limit: 'control',
    request: z.strictObject({ ...inRoom, feedId: feedIdSchema }),
    response: nothing,
  },
  'member.remove': {
    scope: 'room',
    capability: 'member.remove',
    limit: 'control',
    request: z.strictObject({ ...inRoom, memberId: memberIdSchema }),
    response: nothing,
  },
  'host.transfer': {
    scope: 'room',
    capability: 'host.transfer',
    limit: 'control',
    request: z.strictObject({ ...inRoom, memberId: memberIdSchema }),
    response: nothing,
  },
  'hand.raise': {
    scope: 'room',
    capability: 'hand.raise',
    limit: 'control',
    request: z.strictObject({ ...inRoom, raised: z.boolean() }),
    response: nothing,
  },
  'chat.send': {
    scope: 'room',
    capability: 'chat.write',
    limit: 'chat',
    request: z.strictObject({ ...inRoom, messageId: z.uuid(), text: textSchema(2000) }),
    response: z.object({ seq: z.int() }),
  },

  'invitation.create': {
    scope: 'room',
    capability: 'invitation.create',
    limit: 'control',
    request: z.strictObject({
      ...inRoom,
      name: displayNameSchema,
      role: z.enum(['patient', 'interpreter', 'observer']),
      validMinutes: z.int().min(5).max(1440),
    }),
    response: z.object({ token: z.string(), expiresAtMs: z.number() }),
  },

  ...BOX_REQUESTS,
  ...MEDIA_REQUESTS,
} as const satisfies Record<string, RequestDefinition>;

export type RequestType = keyof typeof REQUESTS;
export const REQUEST_TYPES = Object.keys(REQUESTS) as RequestType[];

/** What a sender passes in (before defaults and trimming). */
export type RequestInput<T extends RequestType> = z.input<(typeof REQUESTS)[T]['request']>;
/** What a handler gets (parsed). */
export type RequestData<T extends RequestType> = z.output<(typeof REQUESTS)[T]['request']>;
export type ResponseData<T extends RequestType> = z.output<(typeof REQUESTS)[T]['response']>;

export type RoomRequestType = {
  [T in RequestType]: (typeof REQUESTS)[T]['scope'] extends 'room' ? T : never;
}[RequestType];
export type HubRequestType = Exclude<RequestType, RoomRequestType>;

/** The capability that this very message needs. */
export function capabilityFor(type: RequestType, data: unknown): Capability {
  const { capability } = REQUESTS[type];
  if (typeof capability === 'string') return capability;
  return capability.byStreamClass[(data as { streamClass: StreamClass }).streamClass];
}
