import { answering } from '../../../../api/json.ts';
import { signedIn } from '../../../signed-in.ts';
import type { RequestHandler } from './$types';

/** The case's appointment as a file for a calendar program. */
export const GET: RequestHandler = ({ locals, params }) =>
  answering(async () => {
    const { feeds } = locals.hub.clinic.time;
    const file = await feeds.fileOf(signedIn(locals), params.caseId, locals.locale);
    return new Response(file, {
      headers: {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'attachment; filename="appointment.ics"',
      },
    });
  });
