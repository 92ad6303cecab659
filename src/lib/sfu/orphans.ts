import type { Consumer, DataConsumer, DataProducer, Producer } from 'mediasoup/types';
import { HubError } from '../signaling/contract/index.ts';

/** Closes and refuses what lost what it stands on while it was being made. */
export function unlessOrphaned<T extends Producer | DataProducer | Consumer | DataConsumer>(
  made: T,
  orphaned: boolean,
): T {
  if (!made.closed && !orphaned) return made;
  made.close();
  throw new HubError('not_found', 'closed meanwhile');
}
