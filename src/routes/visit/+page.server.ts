import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { tooEarly } from '$lib/clinic/model/outpatient/outpatient-data.ts';
import { isHubError } from '$lib/signaling/contract/index.ts';
import type { PatientPrincipal } from '$lib/identity/principal.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import type { VisitData } from '$lib/ui/visit/visit-data.ts';
import type { Actions, PageServerLoad } from './$types';

/** Two weeks; who needs a later time calls the clinic. */
const SLOTS_AHEAD_MS = 14 * 24 * 60 * 60_000;
/** As many as fit on a phone without losing the overview. */
const MOST_SLOTS = 12;

async function shown({ clinic }: App.Locals['hub'], patient: PatientPrincipal): Promise<VisitData> {
  const { caseId } = patient;
  const visit = await clinic.outpatient.visit(patient, caseId);
  const key = visit.state === 'triage' ? 'triage' : visit.state === 'pre_consult' ? 'pre-consult' : null;
  const nowMs = Date.now();
  const [asked, slots, payment] = await Promise.all([
    key && clinic.outpatient.questions(patient, caseId, key),
    visit.state === 'booking' && visit.proof.proven
      ? clinic.time.slots.free({ service: 'outpatient', fromMs: nowMs, toMs: nowMs + SLOTS_AHEAD_MS })
      : [],
    visit.state === 'payment' ? clinic.outpatient.payment(patient, caseId) : null,
  ]);
  const { booking } = visit;
  return {
    visit,
    asked,
    slots: slots.slice(0, MOST_SLOTS).map(({ slotId, name, title, startsAtMs }) => ({
      slotId,
      name,
      title,
      startsAtMs,
    })),
    payUrl: payment?.how === 'online' ? payment.url : null,
    mayCheckIn:
      visit.state === 'booked' && !tooEarly(booking && { ...booking, slotId: '', doctorId: '' }, nowMs),
  };
}

export const load: PageServerLoad = async ({ locals, setHeaders }) => {
  setHeaders({ 'cache-control': 'private, no-store' });
  const { principal, hub } = locals;
  if (principal?.kind !== 'patient') return { open: null };
  try {
    return { open: await shown(hub, principal) };
  } catch (caught) {
    // A case of another kind, or one that is not this patient's any more.
    if (isHubError(caught) && caught.code === 'not_found') return { open: null };
    throw caught;
  }
};

/** A questionnaire's answers are the longest that a patient sends. */
const MOST_CHARACTERS = 64_000;
const stepSchema = z.object({
  step: z.enum(['answerTriage', 'answerPreConsult', 'claimFirstVisit', 'book', 'checkIn']),
  version: z.coerce.number().int().min(1),
  input: z
    .string()
    .max(MOST_CHARACTERS)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'no JSON' });
        return z.NEVER;
      }
    }),
});

export const actions: Actions = {
  /** Takes one step of the patient's own visit. */
  step: async ({ request, locals }) => {
    const { principal, hub } = locals;
    if (principal?.kind !== 'patient') return fail(401, { code: 'unauthenticated' as const });
    const form = stepSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { step, version, input } = form.data;
    try {
      const { state } = await hub.clinic.cases.take(principal, principal.caseId, step, input, { version });
      return { state };
    } catch (caught) {
      return formFailure(caught);
    }
  },
};
