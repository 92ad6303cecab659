import { error } from '@sveltejs/kit';
import { isHubError } from '$lib/signaling/contract/errors.ts';
import { allowed } from '../../../../administrator.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async ({ locals, params }) => {
  const admin = allowed(locals, 'box.manage');
  try {
    const content = await locals.hub.fleet.readLog(admin, params.boxId, params.logId);
    return new Response(content, {
      headers: {
        'content-type': 'application/x-ndjson; charset=utf-8',
        'content-disposition': `attachment; filename="box-${params.boxId}.jsonl"`,
      },
    });
  } catch (cause) {
    if (isHubError(cause) && cause.code === 'not_found') error(404, 'not_found');
    throw cause;
  }
};
