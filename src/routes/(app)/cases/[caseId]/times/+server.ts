import { answering } from '../../../../api/json.ts';
import { signedIn } from '../../../signed-in.ts';
import { doctorIdOf, freeTimes } from '../../../visits/free-times.ts';
import type { RequestHandler } from './$types';

/** What a calendar asks before a visit is moved or called off: what this person may do with it, and the times it could be moved to. */
export const GET: RequestHandler = ({ locals, params }) =>
  answering(async () => {
    const found = await locals.hub.clinic.cases.get(signedIn(locals), params.caseId);
    const may = (step: string) => found.kind === 'outpatient' && found.actions.includes(step);
    const mayMove = may('reschedule');
    return {
      version: found.version,
      mayMove,
      mayCancel: may('cancel'),
      slots: mayMove ? await freeTimes(locals.hub, doctorIdOf(found)) : [],
    };
  });
