import { error } from '@sveltejs/kit';
import { dev } from '$app/environment';

export const ssr = false;

export function load(): void {
  if (!dev) error(404, 'not_found');
}
