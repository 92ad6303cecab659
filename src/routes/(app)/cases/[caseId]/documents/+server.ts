import { json } from '@sveltejs/kit';
import { z } from 'zod';
import { DOCUMENTS } from '$lib/clinic/model/documents/document-kinds.ts';
import { documentIdSchema, isHubError } from '$lib/signaling/contract/index.ts';
import type { WrittenCase } from '$lib/ui/document/words.ts';
import { statusOf } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../../signed-in.ts';
import type { RequestHandler } from './$types';

const kindSchema = z.enum(['opinion', 'note', 'report', 'debrief']);

const writeSchema = z.object({
  kind: kindSchema,
  /** Null begins the document. */
  documentId: documentIdSchema.nullable(),
  section: z.string().max(64),
  text: z.string().max(10_000),
  basedOn: z.number().int().min(0),
});

/** What is written in a case, of one kind, and whether this person writes in it. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const person = signedIn(locals);
  const kind = kindSchema.safeParse(url.searchParams.get('kind'));
  if (!kind.success) return json({ code: 'invalid_message' }, { status: 400 });
  const { cases, documents } = locals.hub.clinic;
  try {
    const [found, all, mayWrite] = await Promise.all([
      cases.get(person, params.caseId),
      documents.list(person, params.caseId),
      documents.mayWrite(person, params.caseId, kind.data),
    ]);
    const written: WrittenCase = {
      documents: all.filter((each) => each.kind === kind.data),
      sections: DOCUMENTS[kind.data].sections,
      mayWrite,
      names: Object.fromEntries(found.participants.map(({ accountId, name }) => [accountId, name])),
    };
    return json(written);
  } catch (caught) {
    if (!isHubError(caught)) throw caught;
    return json({ code: caught.code }, { status: statusOf(caught.code) });
  }
};

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
