import { z } from 'zod';
import { patientIdSchema } from '$lib/signaling/contract/index.ts';
import { lookAlikeRowOf } from '$lib/ui/people/look-alike-row.ts';
import { patientRowOf } from '$lib/ui/people/patient-row.ts';
import { answering, readJson } from '../../../api/json.ts';
import { signedIn } from '../../signed-in.ts';
import type { RequestHandler } from './$types';

/** As many as are shown. */
const MOST_SEEN = 100;

const wantedSchema = z.strictObject({
  /** Parsed by the hub. */
  patient: z.unknown(),
  /** Records that the person has looked at and found to be other people's. */
  seen: z.array(patientIdSchema).max(MOST_SEEN),
});

/** `{registered}`, or `{lookAlikes}` while there are records that may be the same person's and that nobody has looked at. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const person = signedIn(event.locals);
    const { patient, seen } = await readJson(event, wantedSchema, 'own pages');
    const { lookAlikes, patients } = event.locals.hub.clinic.people;
    const nowMs = Date.now();
    const alike = await lookAlikes.ofNew(person, patient);
    if (alike.some((each) => !seen.includes(each.patient.patientId)))
      return { lookAlikes: alike.map((each) => lookAlikeRowOf(each, nowMs)) };
    return { registered: patientRowOf(await patients.register(person, patient), nowMs) };
  });
