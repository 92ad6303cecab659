import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import { isHubError, lineSchema, roomCapabilitiesOf, roomIdSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
  const { principal, hub } = locals;
  const roomId = roomIdSchema.safeParse(params.roomId);
  // The hooks let nobody in without a principal; a room that one may not know of is not there.
  if (!principal || !roomId.success) error(404, 'not_found');
  try {
    const summary = await hub.rooms.summaryFor(principal, roomId.data);
    const role = summary.role ?? (principal.kind === 'guest' ? principal.role : null);
    const capabilities = role ? roomCapabilitiesOf(summary.kind, role, false) : null;
    const boxes =
      principal.kind === 'account' && capabilities?.has('box.attach')
        ? await hub.identity.boxes.list(principal.institutionId).catch(() => [])
        : [];
    const ofCase =
      principal.kind === 'account'
        ? await hub.clinic.cases.ofRoom(principal, roomId.data).catch(() => null)
        : null;
    return {
      case: ofCase && {
        caseId: ofCase.caseId,
        kind: ofCase.kind,
        mayCallEmergency: ofCase.actions.includes('emergency'),
      },
      facts: {
        roomId: summary.roomId,
        kind: summary.kind,
        title: summary.title,
        patient: summary.patient,
        openedAtMs: summary.openedAtMs,
        presentNames: summary.presentNames,
      },
      ended: summary.status === 'ended',
      isGuest: principal.kind !== 'account',
      /** Where "back" leads: guests have no home, patients their visit. */
      homeHref: { account: '/', patient: '/visit', guest: null, box: null, stream: null }[principal.kind],
      mayPublish: capabilities === null || capabilities.has('publish.voice'),
      boxes: boxes.filter(({ status }) => status === 'enrolled').map(({ boxId, name }) => ({ boxId, name })),
    };
  } catch (cause) {
    if (!isHubError(cause)) throw cause;
    if (cause.code === 'unavailable') error(503, 'unavailable');
    error(404, 'not_found');
  }
};

const emergencySchema = z.object({ roomId: roomIdSchema, reason: lineSchema });

export const actions: Actions = {
  /** The patient gets worse: what this room was opened for becomes an emergency consult. */
  emergency: async ({ request, locals, params }) => {
    const person = signedIn(locals);
    const { cases } = locals.hub.clinic;
    const form = emergencySchema.safeParse({
      roomId: params.roomId,
      reason: (await request.formData()).get('reason'),
    });
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { roomId, reason } = form.data;
    try {
      const found = await cases.ofRoom(person, roomId);
      if (!found) return fail(404, { code: 'not_found' as const });
      return await cases.take(person, found.caseId, 'emergency', { reason });
    } catch (caught) {
      return formFailure(caught);
    }
  },
};
