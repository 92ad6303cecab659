import { z } from 'zod';
import { boxIdSchema, displayNameSchema, feedIdSchema, memberIdSchema, roomIdSchema } from './ids.ts';
import {
  chatMessageSchema,
  feedSchema,
  knockSchema,
  memberSchema,
  patientConfirmationSchema,
  patientStripSchema,
} from './room-model.ts';

/**
 * Everything that changes a room, in the past tense. The room's home numbers, logs and publishes them (decision 4);
 * whoever has all of them has the state. `room-state.ts` says how each one changes it.
 */
export const ROOM_EVENTS = {
  'member.joined': z.object({ member: memberSchema }),
  'member.connected': z.object({ memberId: memberIdSchema, connected: z.boolean() }),
  'member.clock': z.object({ memberId: memberIdSchema, clockOffsetMs: z.number() }),
  'member.left': z.object({
    memberId: memberIdSchema,
    reason: z.enum(['left', 'removed', 'lost']),
  }),
  'hand.raised': z.object({ memberId: memberIdSchema, raised: z.boolean() }),
  'host.changed': z.object({ memberId: memberIdSchema.nullable() }),
  'lobby.knocked': z.object({ knock: knockSchema }),
  'lobby.closed': z.object({
    memberId: memberIdSchema,
    outcome: z.enum(['admitted', 'refused', 'withdrawn']),
  }),
  'chat.posted': z.object({ message: chatMessageSchema }),
  'feed.opened': z.object({ feed: feedSchema }),
  'feed.paused': z.object({ feedId: feedIdSchema, paused: z.boolean(), mutedByHost: z.boolean() }),
  'feed.closed': z.object({ feedId: feedIdSchema }),
  'box.attached': z.object({ boxId: boxIdSchema, name: displayNameSchema }),
  'box.detached': z.object({ boxId: boxIdSchema }),
  'patient.confirmed': z.object({ confirmation: patientConfirmationSchema }),
  /** The case behind the room says who the patient is by now, or that nobody is sure (`frozen`); what was confirmed is so no more. */
  'patient.changed': z.object({ patient: patientStripSchema.nullable(), frozen: z.boolean() }),
  /** A new home took the room over: no media survived, and nobody counts as connected until heard of again. */
  'room.rehomed': z.object({}),
  'room.ended': z.object({ memberId: memberIdSchema }),
} as const;

export type RoomEventType = keyof typeof ROOM_EVENTS;
export type RoomEventData<T extends RoomEventType> = z.infer<(typeof ROOM_EVENTS)[T]>;

/** One numbered event, as it travels. `seq` counts up by one without gaps over all epochs of the room. */
export type RoomEvent = {
  [T in RoomEventType]: {
    roomId: string;
    epoch: number;
    seq: number;
    atMs: number;
    type: T;
    data: RoomEventData<T>;
  };
}[RoomEventType];

const eventSchemas = (Object.keys(ROOM_EVENTS) as RoomEventType[]).map((type) =>
  z.object({
    roomId: roomIdSchema,
    epoch: z.int().min(1),
    seq: z.int().min(1),
    atMs: z.number(),
    type: z.literal(type),
    data: ROOM_EVENTS[type],
  }),
);

export const roomEventSchema = z.discriminatedUnion(
  'type',
  eventSchemas as unknown as [(typeof eventSchemas)[number], ...(typeof eventSchemas)[number][]],
) as unknown as z.ZodType<RoomEvent>;
