import { fail, redirect } from '@sveltejs/kit';
import { callIdSchema, hubCapabilitiesOf } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import type { Home } from '$lib/clinic/index.ts';
import type { NewRoomInput } from '$lib/rooms/new-room.ts';
import type { Actions, PageServerLoad } from './$types';

const NOTHING: Home = { now: [], next: [], waiting: [] };

const isOfCase = (cases: Home, roomId: string): boolean =>
  Object.values(cases).some((rows: Home['now']) => rows.some((row) => row.roomId === roomId));

export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('home:rooms');
  const { principal, hub } = locals;
  if (principal?.kind !== 'account')
    return { rooms: [], calls: [], cases: NOTHING, mayRequest: false, nowMs: Date.now(), pickers: null };
  const mayCreate = hubCapabilitiesOf('account', principal.roles).has('room.create');
  const [rooms, cases, calls, accounts, boxes] = await Promise.all([
    hub.rooms.listFor(principal),
    hub.clinic.home(principal),
    hub.rooms.calls.listFor(principal),
    mayCreate ? hub.identity.accounts.list() : [],
    mayCreate ? hub.identity.boxes.list(principal.institutionId) : [],
  ]);
  return {
    // A case's room is reached through its case.
    rooms: rooms.filter(({ roomId }) => !isOfCase(cases, roomId)),
    cases,
    mayRequest: principal.roles.includes('rural_doctor'),
    calls,
    nowMs: Date.now(),
    pickers: mayCreate
      ? {
          ownAccountId: principal.accountId,
          accounts: accounts.map(({ accountId, name, roles, institutionName }) => ({
            accountId,
            name,
            roles,
            institutionName,
          })),
          boxes: boxes
            .filter(({ status }) => status === 'enrolled')
            .map(({ boxId, name }) => ({ boxId, name })),
        }
      : null,
  };
};

/** A room with thirty people in it is about 3 kB. */
const MOST_CHARACTERS = 20_000;

const callOf = async (request: Request): Promise<string | null> =>
  callIdSchema.safeParse((await request.formData()).get('callId')).data ?? null;

export const actions: Actions = {
  answerCall: async ({ request, locals }) => {
    const callId = await callOf(request);
    if (!locals.principal) return fail(401, { code: 'unauthenticated' as const });
    if (!callId) return fail(400, { code: 'invalid_message' as const });
    let roomId: string;
    try {
      ({ roomId } = await locals.hub.rooms.calls.answer(locals.principal, callId));
    } catch (error) {
      return formFailure(error);
    }
    redirect(303, `/rooms/${roomId}`);
  },
  declineCall: async ({ request, locals }) => {
    const callId = await callOf(request);
    if (!locals.principal) return fail(401, { code: 'unauthenticated' as const });
    if (!callId) return fail(400, { code: 'invalid_message' as const });
    try {
      await locals.hub.rooms.calls.decline(locals.principal, callId);
    } catch (error) {
      return formFailure(error);
    }
    return {};
  },
  create: async ({ request, locals }) => {
    const text = String((await request.formData()).get('room') ?? '');
    if (!locals.principal) return fail(401, { code: 'unauthenticated' as const });
    let input: NewRoomInput;
    try {
      if (text.length > MOST_CHARACTERS) throw new RangeError('too long');
      input = JSON.parse(text) as NewRoomInput; // rooms.create parses it by its schema
    } catch {
      return fail(400, { code: 'invalid_message' as const });
    }
    try {
      return await locals.hub.rooms.create(locals.principal, input);
    } catch (error) {
      return formFailure(error);
    }
  },
};
