import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { CASE_KINDS, patientIdSchema } from '$lib/signaling/contract/index.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { lookAlikeRowOf } from '$lib/ui/people/look-alike-row.ts';
import { patientRowOf } from '$lib/ui/people/patient-row.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../signed-in.ts';
import { mergePatients, undoMerge } from '../merge-actions.ts';
import { orRefused } from '../refused.ts';
import type { Actions, PageServerLoad } from './$types';

/** Of each kind, open and closed ones for themselves: what a patient has in some years. */
const MOST_CASES = 20;
/** Ten times the longest honest change. */
const MOST_CHARACTERS = 8_000;

export const load: PageServerLoad = async ({ locals, params }) => {
  const person = signedIn(locals);
  const { cases, people } = locals.hub.clinic;
  const { patientId } = params;
  const nowMs = Date.now();
  const patient = await orRefused(people.patients.get(person, patientId));
  const [lists, lookAlikes, merges] = await Promise.all([
    Promise.all(
      CASE_KINDS.flatMap((kind) =>
        [false, true].map((closed) => cases.list(person, { kind, closed, patientId, limit: MOST_CASES })),
      ),
    ),
    patient.mergedInto === null ? people.lookAlikes.of(person, patientId) : [],
    people.merges.list(person, patientId),
  ]);
  return {
    patient,
    row: patientRowOf(patient, nowMs),
    cases: lists.flat().map(({ caseId, kind, state, urgency, dueAtMs, updatedAtMs, closedAtMs }) => ({
      caseId,
      kind,
      state,
      urgency,
      dueAtMs,
      updatedAtMs,
      closedAtMs,
    })),
    mostCases: lists.some((list) => list.length === MOST_CASES) ? MOST_CASES : null,
    lookAlikes: lookAlikes.map((each) => lookAlikeRowOf(each, nowMs)),
    merges,
    nowMs,
  };
};

const changeSchema = z.object({ change: jsonField(MOST_CHARACTERS) });

export const actions: Actions = {
  change: async ({ request, locals, params }) => {
    const person = signedIn(locals);
    const form = changeSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success || !patientIdSchema.safeParse(params.patientId).success)
      return fail(400, { code: 'invalid_message' as const });
    try {
      await locals.hub.clinic.people.patients.update(person, params.patientId, form.data.change);
      return {};
    } catch (error) {
      return formFailure(error);
    }
  },
  merge: mergePatients,
  undoMerge,
};
