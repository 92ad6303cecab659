import { errors } from 'mediasoup';
import { HubError } from '../signaling/contract/index.ts';

/** Runs one mediasoup operation and turns what it throws into the contract's errors. */
export async function asHubErrors<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw toHubError(error);
  }
}

function toHubError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const cause = { cause: error };
  if (error instanceof errors.UnsupportedError) return new HubError('unsupported_media', undefined, cause);
  if (error instanceof errors.NotFoundError) return new HubError('not_found', undefined, cause);
  // The worker died, or the router was closed, while the operation was under way.
  if (error instanceof errors.WorkerClosedError) return new HubError('unavailable', undefined, cause);
  if (error instanceof TypeError) {
    const unsupported = /unsupported|not supported|no compatible/i.test(error.message);
    return new HubError(unsupported ? 'unsupported_media' : 'invalid_message', error.message, cause);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (/already (called|connected|exists|used)/i.test(message))
    return new HubError('conflict', message, cause);
  return new HubError('internal', undefined, cause);
}
