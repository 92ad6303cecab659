import { HubError } from '../../../../lib/signaling/contract/errors.ts';
import {
  decodeBatch,
  MAX_BATCH_BYTES,
  RECORDS_CONTENT_TYPE,
} from '../../../../lib/signaling/contract/records.ts';
import { answering, readBytes } from '../../json.ts';
import { boxOf } from '../bearer.ts';
import type { RequestHandler } from './$types';

/** A box delivers from its outbox. Answers only what is committed. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { boxId } = await boxOf(event);
    if (event.request.headers.get('content-type') !== RECORDS_CONTENT_TYPE) {
      throw new HubError('invalid_message', `the body must be ${RECORDS_CONTENT_TYPE}`);
    }
    const batch = decodeBatch(await readBytes(event.request, MAX_BATCH_BYTES));
    return event.locals.hub.records.accept(boxId, batch);
  });
