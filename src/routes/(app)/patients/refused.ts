import { error } from '@sveltejs/kit';
import { isHubError } from '$lib/signaling/contract/index.ts';

/** For loads: what the hub refuses becomes the page that says so; anything else is thrown on. */
export async function orRefused<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (caught) {
    if (isHubError(caught) && caught.code === 'not_found') error(404, 'not_found');
    if (isHubError(caught) && caught.code === 'forbidden') error(403, 'forbidden');
    throw caught;
  }
}
