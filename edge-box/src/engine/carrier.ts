import type { EngineStats } from './engine.ts';

/** What a path is called that leaves the choice to the system's routes. */
export const ANY_PATH = 'any';

/** The network interface that carries the media; null when the system chooses, or the engine does not know. */
export function carrierOf({ paths }: Pick<EngineStats, 'paths'>): string | null {
  // To a hub with several addresses a path is called by its interface and the address.
  const name = paths?.find(({ active }) => active)?.name.split(' ')[0] ?? ANY_PATH;
  return name === ANY_PATH ? null : name;
}
