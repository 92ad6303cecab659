import { error, fail, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import { addDays, daySchema, wallOf, weekdayOf } from '$lib/clinic/model/time/index.ts';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { accountIdSchema, isHubError, slotIdSchema } from '$lib/signaling/contract/index.ts';
import { timeSteps } from '$lib/ui/calendar/case-steps.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { formFailure, statusOf } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

/** What stands in the address; what makes no sense there is today, the week, one's own. */
const querySchema = z.object({
  day: daySchema
    .refine((day) => day >= '2000-01-01' && day < '2100-01-01')
    .optional()
    .catch(undefined),
  view: z.enum(['day', 'week']).catch('week'),
  of: accountIdSchema.optional().catch(undefined),
});

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  const { clinic, settings } = locals.hub;
  const { slots, calendar, feeds } = clinic.time;
  const zone = settings.TIME_ZONE;
  const nowMs = Date.now();
  const today = wallOf(nowMs, zone).day;
  const {
    day = today,
    view,
    of = person.accountId,
  } = querySchema.parse(Object.fromEntries(url.searchParams));
  const isOwn = of === person.accountId;
  try {
    const [week, colleagues, mayOffer, feedSinceMs] = await Promise.all([
      calendar.view(person, { accountId: of, view: 'week', day, zone }),
      calendar.colleagues(person),
      slots.mayOffer(person, of),
      feeds.sinceMs(person),
    ]);
    const mayMove = isOwn || person.roles.includes('dispatcher');
    const caseSteps = mayMove ? await stepsOf(clinic, person, week, nowMs) : {};
    const monday = addDays(day, 1 - weekdayOf(day));
    const items = new Map(week.days.map((each) => [each.day, each.items]));
    return {
      zone,
      nowMs,
      today,
      day,
      view,
      of,
      isOwn,
      name: isOwn ? person.name : (colleagues.find(({ accountId }) => accountId === of)?.name ?? ''),
      days: Array.from({ length: 7 }, (_, index) => addDays(monday, index)).map((each) => ({
        day: each,
        items: items.get(each) ?? [],
      })),
      colleagues,
      mayOffer,
      /** Moves and calls off what is booked; of administrators the hub lets nobody into a case. */
      mayMove,
      caseSteps,
      feedSinceMs,
    };
  } catch (caught) {
    if (!isHubError(caught)) throw caught;
    error(statusOf(caught.code), caught.code);
  }
};

type Clinic = App.Locals['hub']['clinic'];
type Week = Awaited<ReturnType<Clinic['time']['calendar']['view']>>;

/** What the person may do about the time of each case ahead; visits in slots are moved on this page. */
async function stepsOf(clinic: Clinic, person: AccountPrincipal, { days }: Week, nowMs: number) {
  const cases = days.flatMap(({ items }) =>
    items.flatMap(({ caseId, service, state, startsAtMs }) =>
      caseId === null || startsAtMs <= nowMs || (service === 'outpatient' && state === 'booked')
        ? []
        : [{ caseId, service }],
    ),
  );
  const steps = cases.map(async ({ caseId, service }) => {
    const { actions } = await clinic.cases.get(person, caseId);
    return [caseId, timeSteps(service, actions)] as const;
  });
  // One that has just gone from the person's sight is only not offered.
  const known = await Promise.allSettled(steps);
  return Object.fromEntries(known.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
}

/** A series of slots, as the hub parses it; it holds no text of anybody's. */
const publishSchema = z.object({ plan: jsonField(4_000) });
/** A week of the shortest slots. */
const MOST_SLOTS = 2_000;
const slotsSchema = z.object({
  slotIds: jsonField(160_000).pipe(z.array(slotIdSchema).min(1).max(MOST_SLOTS)),
});

function action<T extends z.ZodType>(
  schema: T,
  run: (person: AccountPrincipal, form: z.output<T>, event: RequestEvent) => Promise<object | void>,
) {
  return async (event: RequestEvent) => {
    const person = signedIn(event.locals);
    const form = schema.safeParse(Object.fromEntries(await event.request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    try {
      return (await run(person, form.data, event)) ?? {};
    } catch (caught) {
      return formFailure(caught, overlapOf(caught));
    }
  };
}

/** When it is that stands in the way of a series. */
function overlapOf(caught: unknown): { overlapsAtMs?: number } {
  const details = isHubError(caught) && 'details' in caught ? (caught.details as object) : {};
  return 'startsAtMs' in details ? { overlapsAtMs: Number(details.startsAtMs) } : {};
}

const nothing = z.object({});

export const actions: Actions = {
  publish: action(publishSchema, async (person, { plan }, { locals }) => {
    const published = await locals.hub.clinic.time.slots.publish(person, plan);
    return { count: published.length };
  }),
  withdraw: action(slotsSchema, (person, { slotIds }, { locals }) =>
    locals.hub.clinic.time.slots.withdraw(person, slotIds),
  ),
  restore: action(slotsSchema, (person, { slotIds }, { locals }) =>
    locals.hub.clinic.time.slots.restore(person, slotIds),
  ),
  /** The address is in this answer and nowhere else: the hub keeps only its hash. */
  renewFeed: action(nothing, async (person, _, { locals }) => ({
    token: await locals.hub.clinic.time.feeds.renew(person),
  })),
  revokeFeed: action(nothing, (person, _, { locals }) => locals.hub.clinic.time.feeds.revoke(person)),
};
