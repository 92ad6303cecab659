import { error } from '@sveltejs/kit';
import { isHubError } from '$lib/signaling/contract/index.ts';
import { signedIn } from '../../../../signed-in.ts';
import type { RequestHandler } from './$types';

/** What a browser may show by itself; the rest is downloaded. */
const SHOWN = new Set([
  'application/pdf',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
  'video/mp4',
]);

export const GET: RequestHandler = async ({ locals, params }) => {
  const person = signedIn(locals);
  try {
    const { caseId, attachmentId } = params;
    const file = await locals.hub.clinic.attachments.read(person, caseId, attachmentId);
    const { body } = file;
    const bytes = body[Symbol.asyncIterator]();
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await bytes.return?.();
      },
    });
    return new Response(stream, {
      headers: {
        'content-type': SHOWN.has(file.mediaType) ? file.mediaType : 'application/octet-stream',
        'content-length': String(file.sizeBytes),
        'content-disposition': `${SHOWN.has(file.mediaType) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
        // Whatever is in it, it is no page of ours.
        'content-security-policy':
          "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      },
    });
  } catch (caught) {
    if (isHubError(caught) && caught.code === 'not_found') error(404, 'not_found');
    throw caught;
  }
};
