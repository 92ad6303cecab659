import { z } from 'zod';
import { boxCallSchema } from './box-calls.ts';
import { caseIdSchema, caseKindSchema, documentIdSchema, notificationIdSchema } from './clinic.ts';
import { feedIdSchema, memberIdSchema, roomIdSchema, slotSchema } from './ids.ts';

/**
 * What the hub tells without numbering it: true for a moment, worthless later, never needed to know the room's state.
 * A client that misses one asks again or learns it by the next event.
 */
export const NOTICES = {
  /** The lobby's answer to the one who knocked: on `admitted`, join again. */
  'lobby.answered': z.object({ roomId: roomIdSchema, outcome: z.enum(['admitted', 'refused']) }),
  /** This connection no longer holds its place in the room. */
  'room.dismissed': z.object({
    roomId: roomIdSchema,
    reason: z.enum(['removed', 'replaced', 'ended']),
  }),
  /** All media of the room is gone (a worker died, or the room has a new home): rejoin and build it again. */
  'media.reset': z.object({ roomId: roomIdSchema }),
  'media.activeSpeaker': z.object({ roomId: roomIdSchema, memberId: memberIdSchema.nullable() }),
  'media.consumerClosed': z.object({ roomId: roomIdSchema, consumerId: z.string() }),
  'media.consumerScore': z.object({
    roomId: roomIdSchema,
    consumerId: z.string(),
    /** 0 to 10, mediasoup's measure of what arrives: at the receiver, and at the hub from the sender. */
    score: z.number(),
    producerScore: z.number(),
  }),
  'media.consumerLayers': z.object({
    roomId: roomIdSchema,
    consumerId: z.string(),
    spatialLayer: z.number().nullable(),
    temporalLayer: z.number().nullable(),
  }),
  /** The path of one of this client's own transports: ICE consent lost, there again, or the transport is gone. */
  'media.transportState': z.object({
    roomId: roomIdSchema,
    transportId: z.string(),
    state: z.enum(['connected', 'disconnected', 'closed']),
  }),
  'media.feedScore': z.object({ roomId: roomIdSchema, feedId: feedIdSchema, score: z.number() }),
  /** To a box: the room that it serves now, or none. */
  'box.assigned': z.object({ roomId: roomIdSchema.nullable() }),
  /** To a box: the hub wants something of it (a configuration, its log, an update); report to learn what. */
  'box.wanted': z.object({}),
  /** To a box: somebody in the room wants this picture kept; answer by `box.pictureKept`. */
  'box.keepPicture': z.object({ roomId: roomIdSchema, askId: z.uuid(), slot: slotSchema }),
  /** To a box: its call for help was answered, declined or cancelled. */
  'box.callChanged': boxCallSchema,
  /** What this person sees on the home page is out of date. */
  'home.changed': z.object({}),
  /** Something happened in a case that this person may read. */
  'case.changed': z.object({
    caseId: caseIdSchema,
    kind: caseKindSchema,
    state: z.string(),
    version: z.number(),
  }),
  /**
   * To a patient who waits: how many are seen before, and how long it will take (half the time within the first, mostly within the second), as it
   * was at `asOfMs` by the hub's clock; of two the later one is true.
   */
  'queue.changed': z.object({
    caseId: caseIdSchema,
    ahead: z.number(),
    waitLowMs: z.number(),
    waitHighMs: z.number(),
    asOfMs: z.number(),
  }),
  /** Somebody else wrote in a document of a case that this person takes part in; the section is at this version now. */
  'document.changed': z.object({
    caseId: caseIdSchema,
    documentId: documentIdSchema,
    section: z.string().max(64),
    version: z.number(),
  }),
  /** Something new under this person's bell. */
  'notification.new': z.object({
    notificationId: notificationIdSchema,
    kind: z.string(),
    caseId: caseIdSchema.nullable(),
  }),
} as const;

export type NoticeType = keyof typeof NOTICES;
export type NoticeData<T extends NoticeType> = z.infer<(typeof NOTICES)[T]>;

export type Notice = { [T in NoticeType]: { type: T; data: NoticeData<T> } }[NoticeType];

const noticeSchemas = (Object.keys(NOTICES) as NoticeType[]).map((type) =>
  z.object({ type: z.literal(type), data: NOTICES[type] }),
);
export const noticeSchema = z.discriminatedUnion(
  'type',
  noticeSchemas as unknown as [(typeof noticeSchemas)[number], ...(typeof noticeSchemas)[number][]],
) as unknown as z.ZodType<Notice>;
