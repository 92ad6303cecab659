import type { z } from 'zod';
import { HubError } from '../../signaling/contract/index.ts';

/**
 * What somebody sent, as its schema understands it.
 * @throws {HubError} invalid_message, naming the fields but never what stood in them
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, rawInput: unknown): z.output<Schema> {
  const result = schema.safeParse(rawInput);
  if (result.success) return result.data;
  const where = result.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  throw new HubError('invalid_message', where.join('; '));
}
