import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import { caseIdSchema, type AccountRole } from '$lib/signaling/contract/index.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { CaseView } from '$lib/clinic/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

const DOCTORS: readonly AccountRole[] = ['rural_doctor', 'specialist', 'surgeon'];
/** Each listed by itself, so that many of one do not push out those of another. */
const OPEN_STATES = [['waiting', 'called', 'in_visit'], ['booked'], ['concluding', 'returned', 'follow_up']];
/** Who did not come this long ago does not come any more. */
const MISSED_FOR_MS = 12 * 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

function doctor(locals: App.Locals): AccountPrincipal {
  const person = signedIn(locals);
  if (!person.roles.some((role) => DOCTORS.includes(role))) error(403, 'forbidden');
  return person;
}

const doctorOf = ({ data }: CaseView) => (data as { doctorId: string | null }).doctorId;

export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('queue');
  const person = doctor(locals);
  const { cases, outpatient, people } = locals.hub.clinic;
  const nowMs = Date.now();
  const own = { kind: 'outpatient', takingPart: true } as const;
  const [queue, missed, ...open] = await Promise.all([
    outpatient.queue(person, person.accountId),
    cases.list(person, {
      ...own,
      states: ['no_show'],
      closed: true,
      sinceMs: nowMs - MISSED_FOR_MS,
      limit: 20,
    }),
    ...OPEN_STATES.map((states) => cases.list(person, { ...own, states, limit: 100 })),
  ]);
  const mine = [...open.flat(), ...missed].filter((each) => doctorOf(each) === person.accountId);
  const patients = await people.casePatients.ofCases(
    person,
    mine.map(({ caseId }) => caseId),
  );
  const places = new Map(queue.waiting.map((place, index) => [place.caseId, { ...place, index }]));
  const rows = mine.map(({ caseId, state, urgency, scheduledAtMs, updatedAtMs, roomId, version, data }) => {
    const patient = patients.get(caseId);
    return {
      caseId,
      state,
      urgency,
      scheduledAtMs,
      updatedAtMs,
      roomId,
      version,
      reason: (data as { reason: string }).reason,
      name: patient?.name ?? '',
      ageYears: patient?.ageYears ?? null,
      place: places.get(caseId) ?? null,
    };
  });
  const inState = (...states: string[]) => rows.filter(({ state }) => states.includes(state));
  return {
    nowMs,
    present: inState('called', 'in_visit'),
    waiting: inState('waiting').sort((a, b) => (a.place?.index ?? 0) - (b.place?.index ?? 0)),
    later: inState('booked')
      .filter(({ scheduledAtMs }) => (scheduledAtMs ?? 0) < nowMs + DAY_MS)
      .sort((a, b) => (a.scheduledAtMs ?? 0) - (b.scheduledAtMs ?? 0)),
    work: inState('concluding', 'returned', 'follow_up'),
    missed: inState('no_show'),
  };
};

const stepSchema = z.object({
  caseId: caseIdSchema,
  step: z.enum(['callAgain', 'begin', 'missed', 'skip', 'recall']),
  version: z.coerce.number().int().min(1),
});

export const actions: Actions = {
  callNext: async ({ locals }) => {
    try {
      return { caseId: await locals.hub.clinic.outpatient.callNext(doctor(locals)) };
    } catch (caught) {
      return formFailure(caught);
    }
  },
  step: async ({ request, locals }) => {
    const person = doctor(locals);
    const form = stepSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { caseId, step, version } = form.data;
    const { cases } = locals.hub.clinic;
    try {
      await cases.take(person, caseId, step, {}, { version });
      const { roomId } = await cases.get(person, caseId);
      return { roomId };
    } catch (caught) {
      return formFailure(caught);
    }
  },
};
