import { z } from 'zod';
import type { LikelyDuplicate } from '$lib/clinic/people/index.ts';
import { patientIdSchema } from '$lib/signaling/contract/index.ts';
import { patientRowOf } from '$lib/ui/people/patient-row.ts';
import { signedIn } from '../../signed-in.ts';
import { mergePatients, undoMerge } from '../merge-actions.ts';
import { orRefused } from '../refused.ts';
import type { Actions, PageServerLoad } from './$types';

/** Of the hub's pages: some thousand records, for less than a second. */
const MOST_PAGES = 10;
/** Enough for a while. */
const ENOUGH_PAIRS = 10;

/** What a Date can hold. */
const LAST_DATE_MS = 8.64e15;

/** `<when it changed>.<its id>` of the record where the page before ended. */
const placeSchema = z
  .string()
  .max(100)
  .transform((text) => {
    const [updatedAtMs, patientId] = text.split('.');
    return { updatedAtMs: Number(updatedAtMs), patientId };
  })
  .pipe(
    z.object({ updatedAtMs: z.number().int().nonnegative().max(LAST_DATE_MS), patientId: patientIdSchema }),
  );

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const { lookAlikes } = locals.hub.clinic.people;
  const nowMs = Date.now();
  const begin = placeSchema.safeParse(url.searchParams.get('before'));
  let place = begin.success ? begin.data : null;
  const pairs: LikelyDuplicate[] = [];
  for (let page = 0; page < MOST_PAGES && pairs.length < ENOUGH_PAIRS; page += 1) {
    const answer = await orRefused(lookAlikes.list(person, place ? { before: place } : {}));
    pairs.push(...answer.pairs);
    place = answer.next;
    if (!place) break;
  }
  return {
    pairs: pairs.map(({ patients, likenesses }) => {
      // The older record has more written about it elsewhere: letters, labels.
      const [a, b] = patients.toSorted((one, other) => one.createdAtMs - other.createdAtMs);
      return {
        a: { ...patientRowOf(a!, nowMs), createdAtMs: a!.createdAtMs },
        b: { ...patientRowOf(b!, nowMs), createdAtMs: b!.createdAtMs },
        likenesses,
      };
    }),
    next: place && `${place.updatedAtMs}.${place.patientId}`,
  };
};

export const actions: Actions = { merge: mergePatients, undoMerge };
