import { error } from '@sveltejs/kit';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { hubCapabilitiesOf, type HubCapability } from '$lib/signaling/contract/index.ts';

/** The person, if the own roles allow this; every load and every action of these pages asks. */
export function allowed(locals: App.Locals, capability: HubCapability): AccountPrincipal {
  const { principal } = locals;
  if (principal?.kind === 'account' && hubCapabilitiesOf('account', principal.roles).has(capability)) {
    return principal;
  }
  error(403, 'forbidden');
}
