import { z } from 'zod';
import { accountIdSchema, HubError, isHubError } from '$lib/signaling/contract/index.ts';
import { answering, readJson } from '../../../api/json.ts';
import { signedIn } from '../../signed-in.ts';
import type { RequestHandler } from './$types';

const bodySchema = z.strictObject({ doctorId: accountIdSchema });

const MINUTE_MS = 60_000;
/** Ours: how long an extra visit is planned for. */
const MINUTES = 10;
/** A doctor whose whole afternoon is taken gets no extra patient by this button. */
const MOST_TRIES = 24;

/** `{doctorId}` → `{slotId}`: the first gap from the next minute on, offered anew. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const person = signedIn(event.locals);
    const { doctorId } = await readJson(event, bodySchema, 'own pages');
    const { slots } = event.locals.hub.clinic.time;
    // By the clock of UTC, so that no zone has to be known: it is a moment, not a habit.
    let startsAtMs = Math.ceil((Date.now() + 1000) / MINUTE_MS) * MINUTE_MS;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const [day = '', time = ''] = new Date(startsAtMs).toISOString().split('T');
      try {
        const [slotId] = await slots.publish(person, {
          kind: 'single',
          accountId: doctorId,
          service: 'outpatient',
          zone: 'UTC',
          minutes: MINUTES,
          day,
          at: time.slice(0, 5),
        });
        return { slotId };
      } catch (caught) {
        const taken = overlapOf(caught);
        if (taken === null) throw caught;
        startsAtMs = Math.ceil(taken.endsAtMs / MINUTE_MS) * MINUTE_MS;
      }
    }
    throw new HubError('conflict', 'no gap is left today');
  });

/** The slot that stands in the way; null for every other refusal. */
function overlapOf(error: unknown): { endsAtMs: number } | null {
  if (!isHubError(error) || error.code !== 'conflict' || !('details' in error)) return null;
  return error.details as { endsAtMs: number };
}
