import { z } from 'zod';
import { BOX_LATERALITIES, BOX_MODALITIES } from './box-config.ts';
import { PUBLISH_CAPABILITY } from './capabilities.ts';
import { feedIdSchema, labelSchema, mediaIdSchema, slotSchema } from './ids.ts';
import {
  dtlsParametersSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  sctpStreamParametersSchema,
  transportOptionsSchema,
} from './media-parameters.ts';
import { inRoom, nothing, type RequestDefinition } from './request-definition.ts';
import { streamClassSchema } from './roles.ts';

/** Transports, producers and consumers of a member's media session. */
export const MEDIA_REQUESTS = {
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
      /** Of data channels, how much has come: both ends may call one connected that stands still. */
      data: z.array(z.object({ feedId: feedIdSchema, messagesReceived: z.number() })),
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
