import type { Hub } from '../hub.ts';

/**
 * Pages are bundled, the hub is not: they meet through the process, so that both see the same instance.
 * `src/main.ts` puts it here before the first request can arrive.
 */
const KEY = Symbol.for('rui-hub');
const shared = globalThis as { [KEY]?: Hub };

export function setHubHandle(hub: Hub | undefined): void {
  if (hub) shared[KEY] = hub;
  else delete shared[KEY];
}

export function hubHandle(): Hub {
  const hub = shared[KEY];
  if (!hub) throw new Error('the hub is not running in this process');
  return hub;
}
