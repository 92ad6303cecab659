import { HubError } from '../signaling/contract/index.ts';
import { isDatabaseAway } from '../storage/index.ts';

/** Tells callers "try again" when it is only that the database is away. */
export function guarded<A extends unknown[], R>(act: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await act(...args);
    } catch (error) {
      if (isDatabaseAway(error)) throw new HubError('unavailable', 'the database is away', { cause: error });
      throw error;
    }
  };
}
