import type { Hub } from './hub.ts';
import type { Principal } from './lib/identity/principal.ts';
import type { Locale } from './lib/paraglide/runtime.js';

declare global {
  namespace App {
    interface Locals {
      hub: Hub;
      /** Whose browser this is; null for nobody's. */
      principal: Exclude<Principal, { kind: 'box' } | { kind: 'stream' }> | null;
      locale: Locale;
    }
    interface Error {
      message: string;
      /** To find the cause in the hub's log. */
      reference?: string;
    }
  }
}

export {};
