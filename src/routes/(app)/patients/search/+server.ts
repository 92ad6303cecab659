import { z } from 'zod';
import { patientIdSchema } from '$lib/signaling/contract/index.ts';
import { patientRowOf } from '$lib/ui/people/patient-row.ts';
import { answering, readJson } from '../../../api/json.ts';
import { signedIn } from '../../signed-in.ts';
import type { RequestHandler } from './$types';

/** Longer than anything that is found: what is pasted by mistake finds nobody. */
const MOST_CHARACTERS = 200;

const wantedSchema = z.union([
  z.strictObject({ text: z.string().max(MOST_CHARACTERS) }),
  z.strictObject({ patientId: patientIdSchema }),
]);

/**
 * `{text}` → `{patients}`, at most 20: those that are found, or those that changed last when nothing is looked for. `{patientId}` →
 * `{patient}`. In the body: no word about a patient stands in an address.
 */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const person = signedIn(event.locals);
    const wanted = await readJson(event, wantedSchema, 'own pages');
    const { patients, search } = event.locals.hub.clinic.people;
    const nowMs = Date.now();
    if ('patientId' in wanted)
      return { patient: patientRowOf(await patients.get(person, wanted.patientId), nowMs) };
    const found =
      wanted.text.trim() === '' ? await patients.recent(person) : await search.find(person, wanted.text);
    return { patients: found.map((patient) => patientRowOf(patient, nowMs)) };
  });
