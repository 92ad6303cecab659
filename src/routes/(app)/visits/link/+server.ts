import { z } from 'zod';
import { caseIdSchema } from '$lib/signaling/contract/index.ts';
import { answering, readJson } from '../../../api/json.ts';
import { signedIn } from '../../signed-in.ts';
import type { RequestHandler } from './$types';

const bodySchema = z.strictObject({ caseId: caseIdSchema });

const DAY_MINUTES = 24 * 60;
/** Ours: a week to answer the questions and choose a time; after the visit a week for the note, the medicines and the payment. */
const WEEK_MINUTES = 7 * DAY_MINUTES;
const LONGEST_MINUTES = 90 * DAY_MINUTES;

/** `{caseId}` → `{token, expiresAtMs}`; an earlier link ends. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const person = signedIn(event.locals);
    const { caseId } = await readJson(event, bodySchema, 'own pages');
    const { cases, outpatient } = event.locals.hub.clinic;
    const { scheduledAtMs } = await cases.get(person, caseId);
    const untilMinutes = Math.max(0, Math.ceil(((scheduledAtMs ?? 0) - Date.now()) / 60_000));
    return outpatient.links.create(person, caseId, Math.min(LONGEST_MINUTES, untilMinutes + WEEK_MINUTES));
  });
