import { z } from 'zod';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { notificationIdSchema } from '$lib/signaling/contract/index.ts';
import type { Bell } from '$lib/ui/bell/bell.svelte.ts';
import { answering, readJson } from '../../../api/json.ts';
import { signedIn } from '../../signed-in.ts';
import type { RequestHandler } from './$types';

/** What fits under a bell; who looks for more looks into the cases. */
const MOST_SHOWN = 30;

const readSchema = z.strictObject({
  read: z.union([z.literal('all'), z.array(notificationIdSchema).min(1).max(MOST_SHOWN)]),
});

async function bellOf(hub: App.Locals['hub'], person: AccountPrincipal): Promise<Bell> {
  const { notifications } = hub.clinic.reminders;
  const [unread, list] = await Promise.all([
    notifications.unreadCount(person),
    notifications.list(person, { limit: MOST_SHOWN }),
  ]);
  return { unread, list, nowMs: Date.now() };
}

export const GET: RequestHandler = ({ locals }) => answering(() => bellOf(locals.hub, signedIn(locals)));

/** `{read}`: those, or all. Answers what stands there then. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { hub } = event.locals;
    const person = signedIn(event.locals);
    const { read } = await readJson(event, readSchema, 'own pages');
    await hub.clinic.reminders.notifications.markRead(person, read);
    return bellOf(hub, person);
  });
