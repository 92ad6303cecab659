import os from 'node:os';
import { ANY_PATH } from '../../carrier.ts';

export interface LocalPath {
  /** Name of the interface, or `any`: whichever the system's routes say. */
  name: string;
  /** Address to send from; null leaves it to the system. */
  address: string | null;
}

const LOOPBACK = /^127\./;

const ANY: LocalPath[] = [{ name: ANY_PATH, address: null }];

/**
 * The ways out of this box to a hub address, most wanted first. One interface, or a hub on this machine: the system's own routes, which also
 * follow a change of address at once. Several: each by its own address, for which the system needs a route of its own (see the README);
 * `several` says that there were once more than one, so that the last one left keeps its name.
 */
export function localPathsTo(
  hubAddress: string,
  wanted: readonly string[],
  several: boolean,
  interfaces: ReturnType<typeof os.networkInterfaces> = os.networkInterfaces(),
): LocalPath[] {
  if (LOOPBACK.test(hubAddress) || hubAddress.includes(':')) return ANY;
  const found = Object.entries(interfaces).flatMap(([name, addresses]) => {
    const usable = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal);
    return usable ? [{ name, address: usable.address }] : [];
  });
  const chosen = wanted.length === 0 ? found : found.filter(({ name }) => wanted.includes(name));
  if (chosen.length < 2 && !several) return ANY;
  return chosen.sort((a, b) => wanted.indexOf(a.name) - wanted.indexOf(b.name));
}
