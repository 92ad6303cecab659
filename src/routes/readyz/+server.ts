import { json } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** Ready: all parts of this node answer. A load balancer sends nobody here while it is not. */
export const GET: RequestHandler = async ({ locals }) => {
  const state = await locals.hub.readiness();
  return json(state, { status: state.ready ? 200 : 503, headers: { 'cache-control': 'no-store' } });
};
