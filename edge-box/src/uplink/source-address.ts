import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';

/**
 * From now on this thread's `fetch` leaves from this address of the box; null: as the system's routes say. What is under way by the address of
 * before is given up, and whoever asked hears that the hub is away: by a carrier that is silent it would wait for minutes.
 */
export function fetchFrom(address: string | null): void {
  const before = getGlobalDispatcher();
  setGlobalDispatcher(new Agent(address === null ? {} : { localAddress: address }));
  // Whatever it says: nobody uses it any more.
  before.destroy().catch(() => undefined);
}
