import { error } from '@sveltejs/kit';
import type { AccountPrincipal } from '$lib/identity/principal.ts';

/** The person with an account behind a request; guests and patients have pages of their own. */
export function signedIn({ principal }: App.Locals): AccountPrincipal {
  if (principal?.kind !== 'account') error(403, 'forbidden');
  return principal;
}
