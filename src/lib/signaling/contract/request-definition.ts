import { z } from 'zod';
import type { Capability } from './capabilities.ts';
import { roomIdSchema } from './ids.ts';
import type { StreamClass } from './roles.ts';

/** Which token bucket pays for a message; sizes are in `signaling/server`. */
export type LimitClass = 'clock' | 'join' | 'chat' | 'control' | 'media';

export interface RequestDefinition {
  /** `hub`: about the connection itself; `room`: goes to the room's home and carries its `roomId`. */
  scope: 'hub' | 'room';
  /** Fixed, or looked up by the stream class that the message names. */
  capability: Capability | { byStreamClass: Record<StreamClass, Capability> };
  limit: LimitClass;
  request: z.ZodType;
  response: z.ZodType;
}

/** What every request of room scope carries. */
export const inRoom = { roomId: roomIdSchema };
export const nothing = z.object({});
