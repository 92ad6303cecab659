import { MAX_LOG_BYTES } from '../../../../../lib/signaling/contract/fleet.ts';
import { answering, readText } from '../../../json.ts';
import { boxOf } from '../../bearer.ts';
import type { RequestHandler } from './$types';

/** A box brings the log that an administrator asked it for. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const box = await boxOf(event);
    const content = await readText(event.request, MAX_LOG_BYTES);
    // PostgreSQL's text knows no NUL.
    await event.locals.hub.fleet.takeLog(box, event.params.logId, content.replaceAll('\0', ''));
    return {};
  });
