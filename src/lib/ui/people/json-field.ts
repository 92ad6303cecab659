import { z } from 'zod';

/** A field of a form that holds JSON; what it says is parsed by whom it is for. */
export const jsonField = (mostCharacters: number) =>
  z
    .string()
    .max(mostCharacters)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'no JSON' });
        return z.NEVER;
      }
    });
