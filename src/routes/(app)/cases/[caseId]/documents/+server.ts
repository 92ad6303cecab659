import { json } from '@sveltejs/kit';
import { z } from 'zod';
import { documentIdSchema, isHubError } from '$lib/signaling/contract/index.ts';
import { statusOf } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../../signed-in.ts';
import type { RequestHandler } from './$types';

const writeSchema = z.object({
  kind: z.enum(['opinion', 'note', 'report', 'debrief']),
  /** Null begins the document. */
  documentId: documentIdSchema.nullable(),
  section: z.string().max(64),
  text: z.string().max(10_000),
  basedOn: z.number().int().min(0),
});

/** Writes one section of what is drafted in a case. */
export const POST: RequestHandler = async ({ request, locals, params }) => {
  const person = signedIn(locals);
  const body = writeSchema.safeParse(await request.json().catch(() => null));
  if (!body.success) return json({ code: 'invalid_message' }, { status: 400 });
  const { documents } = locals.hub.clinic;
  const { kind, documentId, ...change } = body.data;
  try {
    const id = documentId ?? (await documents.draft(person, params.caseId, kind)).documentId;
    return json({ documentId: id, ...(await documents.write(person, params.caseId, id, change)) });
  } catch (caught) {
    if (!isHubError(caught)) throw caught;
    return json({ code: caught.code }, { status: statusOf(caught.code) });
  }
};
