import type { z } from 'zod';
import type { Logger } from 'pino';

/**
 * What came over a channel, or null when it is not what this version understands: another node may run a newer hub for
 * the length of an upgrade. Never throws, because an exception in a listener would break the connection to Redis.
 */
export function parseMessage<T>(
  schema: z.ZodType<T>,
  channel: string,
  message: string,
  log: Logger,
): T | null {
  try {
    return schema.parse(JSON.parse(message));
  } catch {
    log.warn({ channel }, 'message on the bus is not of this version');
    return null;
  }
}
