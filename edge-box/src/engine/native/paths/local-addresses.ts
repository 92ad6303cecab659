import os from 'node:os';

export interface LocalPath {
  /** Name of the interface, or `any`: whichever the system's routes say. */
  name: string;
  /** Address to send from; null leaves it to the system. */
  address: string | null;
}

const LOOPBACK = /^127\./;

/**
 * The ways out of this box to a hub address, most wanted first. One interface, or a hub on this machine: the system's own routes, which also
 * follow a change of address at once. Several: each by its own address, for which the system needs a route of its own (see the README).
 */
export function localPathsTo(
  hubAddress: string,
  wanted: readonly string[],
  interfaces: ReturnType<typeof os.networkInterfaces> = os.networkInterfaces(),
): LocalPath[] {
  const any = [{ name: 'any', address: null }];
  if (LOOPBACK.test(hubAddress) || hubAddress.includes(':')) return any;
  const found = Object.entries(interfaces).flatMap(([name, addresses]) => {
    const usable = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal);
    return usable ? [{ name, address: usable.address }] : [];
  });
  const chosen = wanted.length === 0 ? found : found.filter(({ name }) => wanted.includes(name));
  if (chosen.length < 2) return any;
  return chosen.sort((a, b) => wanted.indexOf(a.name) - wanted.indexOf(b.name));
}
