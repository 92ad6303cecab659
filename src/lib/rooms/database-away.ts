import { HubError } from '../signaling/contract/index.ts';
import { isDatabaseAway } from '../storage/index.ts';

/** Tells the person "try again" when it is only that the database is away; anything else stays what it is. */
export async function whileThere<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isDatabaseAway(error)) throw new HubError('unavailable', 'the database is away', { cause: error });
    throw error;
  }
}
