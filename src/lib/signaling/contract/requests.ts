import { z } from 'zod';
import { boxCallSchema, callIdSchema, callReasonSchema } from './box-calls.ts';
import { BOX_LATERALITIES, BOX_MODALITIES } from './box-config.ts';
import { PUBLISH_CAPABILITY, ROOM_CAPABILITIES, type Capability } from './capabilities.ts';
import { boxReportSchema, boxWishesSchema } from './fleet.ts';
import {
  boxIdSchema,
  displayNameSchema,
  feedIdSchema,
  labelSchema,
  mediaIdSchema,
  memberIdSchema,
  roomIdSchema,
  slotSchema,
  textSchema,
} from './ids.ts';
import {
  dtlsParametersSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  sctpStreamParametersSchema,
  transportOptionsSchema,
} from './media-parameters.ts';
import { roomEventSchema } from './room-events.ts';
import { CONFIRMED_SIDES, patientStripSchema, roomStateSchema } from './room-model.ts';
import { roomRoleSchema, streamClassSchema, type StreamClass } from './roles.ts';

/** Which token bucket pays for a message; sizes are in `signaling/server`. */
export type LimitClass = 'clock' | 'join' | 'chat' | 'control' | 'media';

interface RequestDefinition {
  /** `hub`: about the connection itself; `room`: goes to the room's home and carries its `roomId`. */
  scope: 'hub' | 'room';
  /** Fixed, or looked up by the stream class that the message names. */
  capability: Capability | { byStreamClass: Record<StreamClass, Capability> };
  limit: LimitClass;
  request: z.ZodType;
  response: z.ZodType;
}

const inRoom = { roomId: roomIdSchema };
const nothing = z.object({});

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
  'box.attach': {
    scope: 'room',
    capability: 'box.attach',
    limit: 'control',
    request: z.strictObject({ ...inRoom, boxId: boxIdSchema }),
    response: nothing,
  },
  'box.detach': {
    scope: 'room',
    capability: 'box.attach',
    limit: 'control',
    request: z.strictObject({ ...inRoom, boxId: boxIdSchema }),
    response: nothing,
  },
  'box.hello': {
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: z.strictObject({ version: z.string().regex(/^[0-9A-Za-z.+-]{1,32}$/) }),
    response: z.object({ boxId: boxIdSchema, name: displayNameSchema, roomId: roomIdSchema.nullable() }),
  },
  'box.report': {
    // How the box is; every ten seconds, and at once after `box.wanted`. The answer says what the hub wants of it.
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: boxReportSchema,
    response: boxWishesSchema,
  },
  'box.call': {
    // Somebody beside the box asks for help. Sent again with the same id it is the same call, and answers how that stands.
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: z.strictObject({ callId: callIdSchema, reason: callReasonSchema.optional() }),
    response: boxCallSchema,
  },
  'box.cancelCall': {
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: z.strictObject({ callId: callIdSchema }),
    response: boxCallSchema,
  },
  'box.confirmPatient': {
    // Beside the box somebody says that this is the patient, and which side is examined.
    scope: 'room',
    capability: 'patient.confirm',
    limit: 'control',
    request: z.strictObject({
      ...inRoom,
      /** As the screen showed them: another patient by now is refused. */
      patient: patientStripSchema.pick({ maskedName: true, maskedId: true }).strict(),
      laterality: z.enum(CONFIRMED_SIDES),
    }),
    response: nothing,
  },

  'media.createTransport': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'media',
    request: z.strictObject({
      ...inRoom,
      direction: z.enum(['send', 'receive']),
      /** For a receiver that numbers its payload types by itself (WHEP): what it gets over this transport bears these. */
      codecs: rtpCapabilitiesSchema.shape.codecs.max(8).optional(),
    }),
    response: transportOptionsSchema,
  },
  'media.connectTransport': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'media',
    request: z.strictObject({ ...inRoom, transportId: mediaIdSchema, dtlsParameters: dtlsParametersSchema }),
    response: nothing,
  },
  'media.restartIce': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'media',
    request: z.strictObject({ ...inRoom, transportId: mediaIdSchema }),
    response: z.object({ iceParameters: z.looseObject({}) }),
  },
  'media.closeTransport': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'media',
    request: z.strictObject({ ...inRoom, transportId: mediaIdSchema }),
    response: nothing,
  },
  'media.setClock': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'control',
    request: z.strictObject({ ...inRoom, clockOffsetMs: z.number().min(-1e13).max(1e13) }),
    response: nothing,
  },
  'media.stats': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'control',
    request: z.strictObject(inRoom),
    response: z.object({
      transports: z.array(
        z.object({
          transportId: z.string(),
          direction: z.enum(['send', 'receive']),
          availableBitrateKbps: z.number().nullable(),
          sendBitrateKbps: z.number(),
          recvBitrateKbps: z.number(),
          rttMs: z.number().nullable(),
        }),
      ),
      feeds: z.array(
        z.object({
          feedId: feedIdSchema,
          score: z.number(),
          bitrateKbps: z.number(),
          lossFraction: z.number(),
        }),
      ),
    }),
  },

  'media.produce': {
    scope: 'room',
    capability: { byStreamClass: PUBLISH_CAPABILITY },
    limit: 'media',
    request: z.strictObject({
      ...inRoom,
      transportId: mediaIdSchema,
      slot: slotSchema,
      kind: z.enum(['audio', 'video']),
      streamClass: streamClassSchema.exclude(['vitals']),
      label: labelSchema,
      modality: z.enum(BOX_MODALITIES).optional(),
      laterality: z.enum(BOX_LATERALITIES).optional(),
      paused: z.boolean(),
      rtpParameters: rtpParametersSchema,
    }),
    response: z.object({ feedId: feedIdSchema, producerId: z.string() }),
  },
  'media.produceData': {
    scope: 'room',
    capability: 'publish.vitals',
    limit: 'media',
    request: z.strictObject({
      ...inRoom,
      transportId: mediaIdSchema,
      slot: slotSchema,
      label: labelSchema,
      sctpStreamParameters: sctpStreamParametersSchema,
    }),
    response: z.object({ feedId: feedIdSchema, dataProducerId: z.string() }),
  },
  'media.pauseFeed': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'media',
    request: z.strictObject({ ...inRoom, feedId: feedIdSchema, paused: z.boolean() }),
    response: nothing,
  },
  'media.closeFeed': {
    scope: 'room',
    capability: 'media.connect',
    limit: 'media',
    request: z.strictObject({ ...inRoom, feedId: feedIdSchema }),
    response: nothing,
  },

  'media.consume': {
    // Answers a paused consumer; `media.setConsumer {paused: false}` starts it once the client is ready for it.
    scope: 'room',
    capability: 'media.receive',
    limit: 'media',
    request: z.strictObject({
      ...inRoom,
      transportId: mediaIdSchema,
      feedId: feedIdSchema,
      rtpCapabilities: rtpCapabilitiesSchema,
    }),
    response: z.object({
      consumerId: z.string(),
      producerId: z.string(),
      kind: z.enum(['audio', 'video']),
      rtpParameters: z.looseObject({}),
      generation: z.int(),
    }),
  },
  'media.consumeData': {
    scope: 'room',
    capability: 'media.receive',
    limit: 'media',
    request: z.strictObject({ ...inRoom, transportId: mediaIdSchema, feedId: feedIdSchema }),
    response: z.object({
      dataConsumerId: z.string(),
      dataProducerId: z.string(),
      sctpStreamParameters: z.looseObject({}),
      label: z.string(),
      protocol: z.string(),
      generation: z.int(),
    }),
  },
  'media.setConsumer': {
    scope: 'room',
    capability: 'media.receive',
    limit: 'media',
    request: z.strictObject({
      ...inRoom,
      consumerId: mediaIdSchema,
      paused: z.boolean().optional(),
      preferredLayers: z
        .strictObject({
          spatialLayer: z.int().min(0).max(3),
          temporalLayer: z.int().min(0).max(3).optional(),
        })
        .optional(),
      priority: z.int().min(1).max(255).optional(),
    }),
    response: nothing,
  },
  'media.requestKeyFrame': {
    scope: 'room',
    capability: 'media.receive',
    limit: 'media',
    request: z.strictObject({ ...inRoom, consumerId: mediaIdSchema }),
    response: nothing,
  },
  'media.closeConsumer': {
    scope: 'room',
    capability: 'media.receive',
    limit: 'media',
    request: z.strictObject({ ...inRoom, consumerId: mediaIdSchema }),
    response: nothing,
  },
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
