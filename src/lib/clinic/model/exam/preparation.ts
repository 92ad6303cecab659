import { z } from 'zod';
import { lineSchema } from '../../../signaling/contract/index.ts';
import { PREPARATIONS, preparationSchema, type Preparation } from './body-parts.ts';
import { preparationOf, type Order } from './order.ts';

export interface PreparationItem {
  item: Preparation;
  /** Null until somebody has looked. */
  seen: { met: boolean; waivedBecause: string | null; by: string | null } | null;
}

export const prepareInput = z.strictObject({
  items: z
    .array(
      z.strictObject({
        item: preparationSchema,
        met: z.boolean(),
        /** Why the exam goes on without it. */
        waivedBecause: lineSchema.optional(),
      }),
    )
    .max(PREPARATIONS.length),
});
type Seen = z.output<typeof prepareInput>['items'];

export const askedFor = (order: Order): PreparationItem[] =>
  preparationOf(order).map((item) => ({ item, seen: null }));

/** What nobody has looked at, or what is neither met nor waived with a reason. */
export function unmet(asked: readonly PreparationItem[], seen: Seen): Preparation[] {
  return asked
    .map(({ item }) => item)
    .filter(
      (item) => !seen.some((each) => each.item === item && (each.met || each.waivedBecause !== undefined)),
    );
}

export function seenTo(asked: readonly PreparationItem[], seen: Seen, by: string | null): PreparationItem[] {
  return asked.map(({ item }) => {
    const found = seen.find((each) => each.item === item);
    return {
      item,
      seen: found ? { met: found.met, waivedBecause: found.waivedBecause ?? null, by } : null,
    };
  });
}
