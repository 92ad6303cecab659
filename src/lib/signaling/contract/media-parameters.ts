import { z } from 'zod';

/**
 * Strict, bounded schemas of everything that reaches a mediasoup worker. They are stricter than mediasoup's own
 * types: an empty `fingerprints` list once killed workers, so nothing goes in that was not looked at.
 */
const token = z.string().regex(/^[A-Za-z0-9._+-]{1,64}$/);
const uint32 = z.int().min(0).max(0xffff_ffff);
const payloadType = z.int().min(0).max(127);

export const dtlsParametersSchema = z.strictObject({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: z
    .array(
      z.strictObject({
        algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
        value: z.string().regex(/^([0-9A-Fa-f]{2}:){19,63}[0-9A-Fa-f]{2}$/),
      }),
    )
    .min(1)
    .max(8),
});

const mimeType = z.string().regex(/^(audio|video)\/[A-Za-z0-9-]{1,32}$/) as z.ZodType<
  `audio/${string}` | `video/${string}`
>;
const codecParameters = z
  .record(
    z.string().regex(/^[A-Za-z0-9-]{1,48}$/),
    z.union([z.string().max(256), z.number(), z.null(), z.undefined()]),
  )
  .refine((parameters) => Object.keys(parameters).length <= 24, { error: 'too many parameters' });
const rtcpFeedback = z
  .array(z.strictObject({ type: token, parameter: z.string().max(32).optional() }))
  .max(16);

/** Header extensions that the hub's routers may meet; anything else is refused. */
export const headerExtensionUriSchema = z.enum([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  'urn:3gpp:video-orientation',
  'urn:ietf:params:rtp-hdrext:toffset',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'urn:mediasoup:params:rtp-hdrext:packet-id',
]);

export const rtpCapabilitiesSchema = z.strictObject({
  codecs: z
    .array(
      z.strictObject({
        kind: z.enum(['audio', 'video']),
        mimeType,
        preferredPayloadType: payloadType,
        clockRate: z.int().min(1).max(1_000_000),
        channels: z.int().min(1).max(8).optional(),
        parameters: codecParameters.optional(),
        rtcpFeedback: rtcpFeedback.optional(),
      }),
    )
    .max(64),
  headerExtensions: z
    .array(
      z.strictObject({
        kind: z.enum(['audio', 'video']),
        uri: headerExtensionUriSchema,
        preferredId: z.int().min(1).max(255),
        preferredEncrypt: z.boolean().optional(),
        direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
      }),
    )
    .max(64),
});

const encoding = z.strictObject({
  ssrc: uint32.optional(),
  rid: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,16}$/)
    .optional(),
  codecPayloadType: payloadType.optional(),
  rtx: z.strictObject({ ssrc: uint32 }).optional(),
  dtx: z.boolean().optional(),
  scalabilityMode: z
    .string()
    .regex(/^[LS][1-3]T[1-3](_KEY(_SHIFT)?|h)?$/)
    .optional(),
  scaleResolutionDownBy: z.number().min(1).max(16).optional(),
  maxBitrate: z.int().min(1).max(200_000_000).optional(),
  maxFramerate: z.number().min(1).max(240).optional(),
  adaptivePtime: z.boolean().optional(),
  priority: z.enum(['very-low', 'low', 'medium', 'high']).optional(),
  networkPriority: z.enum(['very-low', 'low', 'medium', 'high']).optional(),
  active: z.boolean().optional(),
});

export const rtpParametersSchema = z.strictObject({
  mid: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,16}$/)
    .optional(),
  msid: z.string().max(160).optional(),
  codecs: z
    .array(
      z.strictObject({
        mimeType,
        payloadType,
        clockRate: z.int().min(1).max(1_000_000),
        channels: z.int().min(1).max(8).optional(),
        parameters: codecParameters.optional(),
        rtcpFeedback: rtcpFeedback.optional(),
      }),
    )
    .min(1)
    .max(8),
  headerExtensions: z
    .array(
      z.strictObject({
        uri: headerExtensionUriSchema,
        id: z.int().min(1).max(255),
        encrypt: z.boolean().optional(),
        parameters: codecParameters.optional(),
      }),
    )
    .max(32)
    .optional(),
  encodings: z.array(encoding).min(1).max(4),
  rtcp: z
    .strictObject({
      // Empty from browsers that send in simulcast; the hub then chooses one.
      cname: z
        .string()
        .regex(/^[\x21-\x7e]{0,128}$/)
        .optional(),
      reducedSize: z.boolean().optional(),
      mux: z.boolean().optional(),
    })
    .optional(),
});

export const sctpStreamParametersSchema = z
  .strictObject({
    streamId: z.int().min(0).max(65_534),
    ordered: z.boolean().optional(),
    maxPacketLifeTime: z.int().min(1).max(60_000).optional(),
    maxRetransmits: z.int().min(0).max(1_000).optional(),
    label: z.string().max(64).optional(),
    protocol: z.string().max(64).optional(),
    priority: z.enum(['very-low', 'low', 'medium', 'high']).optional(),
  })
  .refine((p) => p.maxPacketLifeTime === undefined || p.maxRetransmits === undefined, {
    error: 'maxPacketLifeTime and maxRetransmits exclude each other',
  });

export type DtlsParameters = z.infer<typeof dtlsParametersSchema>;
export type RtpCapabilities = z.infer<typeof rtpCapabilitiesSchema>;
export type RtpParameters = z.infer<typeof rtpParametersSchema>;
export type SctpStreamParameters = z.infer<typeof sctpStreamParametersSchema>;

/** What the hub says about a transport; from a trusted hub, hence only roughly checked by clients. */
export const transportOptionsSchema = z.object({
  id: z.string(),
  iceParameters: z.object({
    usernameFragment: z.string(),
    password: z.string(),
    iceLite: z.boolean().optional(),
  }),
  iceCandidates: z.array(
    z.looseObject({ ip: z.string(), port: z.number(), protocol: z.enum(['udp', 'tcp']) }),
  ),
  dtlsParameters: z.looseObject({ fingerprints: z.array(z.any()) }),
  sctpParameters: z.looseObject({}).optional(),
});
