import { z } from 'zod';

/** Ids are opaque, URL-safe and bounded, so that one can never smuggle a Redis key, a path or a megabyte. */
const opaqueId = z.string().regex(/^[A-Za-z0-9_-]{4,64}$/);

export const roomIdSchema = opaqueId;
export const memberIdSchema = opaqueId;
export const accountIdSchema = opaqueId;
export const boxIdSchema = opaqueId;
/** mediasoup's own ids (UUIDs). */
export const mediaIdSchema = z.uuid();
/** Names what a member publishes, e.g. `camera`, `microphone`, `probe`; stable over reconnects. */
export const slotSchema = z.string().regex(/^[a-z0-9-]{1,32}$/);
/** `<memberId>:<slot>`, so that a feed keeps its identity when its producer is replaced. */
export const feedIdSchema = z.string().regex(/^[A-Za-z0-9_-]{4,64}:[a-z0-9-]{1,32}$/);

/** A WHIP device or WHEP player (`w_…`): what its clock says cannot be set against the hub's. */
export const isStreamMember = (memberId: string): boolean => memberId.startsWith('w_');

export const feedIdOf = (memberId: string, slot: string): string => `${memberId}:${slot}`;

/** No control characters but line breaks and tabs, and no halves of characters: neither can be stored or shown. */
// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const isPrintable = (text: string): boolean => text.isWellFormed() && !UNPRINTABLE.test(text);

/** Text that people typed: printable, trimmed, never empty. */
export const textSchema = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .transform((text) => text.trim())
    .refine((text) => text.length > 0 && isPrintable(text), { error: 'empty, or holds control characters' });

/** What a feed is called; may be empty. */
export const labelSchema = z.string().max(64).refine(isPrintable, { error: 'holds control characters' });

export const displayNameSchema = textSchema(64);
