import { json } from '@sveltejs/kit';

/** Alive: this process answers. Whether its parts do is for /readyz. */
export const GET = (): Response => json({ alive: true }, { headers: { 'cache-control': 'no-store' } });
