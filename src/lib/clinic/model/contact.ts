import { z } from 'zod';

/** Where a person wants to be told, beside the bell. */
export const contactSchema = z
  .strictObject({ email: z.email().max(254).nullable(), emailOn: z.boolean() })
  .refine(({ email, emailOn }) => !emailOn || email !== null, { error: 'no address', path: ['email'] });
export type Contact = z.output<typeof contactSchema>;
