import { json } from '@sveltejs/kit';
import { isHubError } from '$lib/signaling/contract/index.ts';
import { statusOf } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../../signed-in.ts';
import type { RequestHandler } from './$types';

const refused = (code: Parameters<typeof statusOf>[0]) => json({ code }, { status: statusOf(code) });

function nameIn(header: string | null): string {
  try {
    return decodeURIComponent(header ?? '').slice(0, 500);
  } catch {
    return '';
  }
}

/** Takes a file as it is; name, type and length are in the headers. */
export const POST: RequestHandler = async ({ request, locals, params }) => {
  const person = signedIn(locals);
  const sizeBytes = Number(request.headers.get('content-length'));
  if (!request.body || !Number.isSafeInteger(sizeBytes)) return refused('invalid_message');
  const file = {
    name: nameIn(request.headers.get('x-file-name')),
    mediaType: request.headers.get('x-file-type') ?? '',
    sizeBytes,
  };
  try {
    const { attachmentId } = await locals.hub.clinic.attachments.add(
      person,
      params.caseId,
      file,
      request.body,
    );
    return json({ attachmentId }, { status: 201 });
  } catch (caught) {
    if (!isHubError(caught)) throw caught;
    return refused(caught.code);
  }
};
