import { z } from 'zod';
import { BOX_LATERALITIES, BOX_MODALITIES } from './box-config.ts';
import {
  boxIdSchema,
  displayNameSchema,
  feedIdSchema,
  memberIdSchema,
  roomIdSchema,
  slotSchema,
} from './ids.ts';
import { roomKindSchema, roomRoleSchema, streamClassSchema } from './roles.ts';

/** A person or a box in a room. One principal is one member, whatever the number of its connections over time. */
export const memberSchema = z.object({
  memberId: memberIdSchema,
  name: displayNameSchema,
  role: roomRoleSchema,
  /** False while its signalling is away; it keeps its place for a grace time. */
  connected: z.boolean(),
  handRaised: z.boolean(),
  /** What to add to the member's own clock, in ms, to get hub time; viewers need it to age its pictures. */
  clockOffsetMs: z.number(),
  joinedAtMs: z.number(),
});
export type Member = z.infer<typeof memberSchema>;

/** Somebody who knocked and waits in the lobby. */
export const knockSchema = z.object({
  memberId: memberIdSchema,
  name: displayNameSchema,
  role: roomRoleSchema,
  sinceMs: z.number(),
});
export type Knock = z.infer<typeof knockSchema>;

/** What one member publishes under one slot. It outlives its producer: a new one raises `generation`. */
export const feedSchema = z.object({
  feedId: feedIdSchema,
  memberId: memberIdSchema,
  slot: slotSchema,
  kind: z.enum(['audio', 'video', 'data']),
  streamClass: streamClassSchema,
  /** For people, e.g. `超声 Ultrasound`; empty for faces and voices. */
  label: z.string().max(64),
  /** What kind of device it is, and which side of the patient it shows, when a box's profile says so. */
  modality: z.enum(BOX_MODALITIES).optional(),
  laterality: z.enum(BOX_LATERALITIES).optional(),
  paused: z.boolean(),
  /** True when a host silenced it; its owner may open it again. */
  mutedByHost: z.boolean(),
  generation: z.int().min(1),
});
export type Feed = z.infer<typeof feedSchema>;

export const chatMessageSchema = z.object({
  /** Made by the sender, so that a message sent again after a lost acknowledgement is one message. */
  messageId: z.uuid(),
  memberId: memberIdSchema,
  name: displayNameSchema,
  text: z.string().max(2000),
  atMs: z.number(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** The patient strip that never scrolls away. Masked where the reader's role does not need more. */
export const patientStripSchema = z.object({
  maskedName: z.string().max(64),
  sex: z.enum(['female', 'male', 'unknown']),
  /** Null while nobody knows, as for whom an ambulance brings. */
  ageYears: z.int().min(0).max(150).nullable(),
  maskedId: z.string().max(32),
  laterality: z.enum(['left', 'right', 'both', 'none', 'unset']),
});
export type PatientStrip = z.infer<typeof patientStripSchema>;

export const CONFIRMED_SIDES = ['left', 'right', 'both', 'none'] as const;

/** Said beside the box: this is the patient, and this side. */
export const patientConfirmationSchema = z.object({
  memberId: memberIdSchema,
  name: displayNameSchema,
  laterality: z.enum(CONFIRMED_SIDES),
  atMs: z.number(),
});
export type PatientConfirmation = z.infer<typeof patientConfirmationSchema>;

/** The whole state of a room: what the events add up to, what a snapshot carries, what a page shows. */
export const roomStateSchema = z.object({
  roomId: roomIdSchema,
  kind: roomKindSchema,
  title: z.string().max(120),
  patient: patientStripSchema.nullable(),
  /** The latest; absent until somebody beside a box has said so. */
  confirmation: patientConfirmationSchema.optional(),
  /** Since when (hub time, ms) nobody is sure who the patient is; absent while people are. */
  frozenSinceMs: z.number().optional(),
  status: z.enum(['open', 'ended']),
  openedAtMs: z.number(),
  /** Number of the last event in it. */
  seq: z.int().min(0),
  hostMemberId: memberIdSchema.nullable(),
  members: z.record(z.string(), memberSchema),
  knocks: z.record(z.string(), knockSchema),
  feeds: z.record(z.string(), feedSchema),
  /** Removed by a host: they must knock, and be admitted, to come back. */
  barred: z.array(memberIdSchema),
  boxes: z.record(z.string(), z.object({ boxId: boxIdSchema, name: displayNameSchema })),
  /** The last CHAT_KEPT messages; older ones are in the archive. */
  chat: z.array(chatMessageSchema),
});
export type RoomState = z.infer<typeof roomStateSchema>;
