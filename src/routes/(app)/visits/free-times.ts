import type { BookableSlot } from '$lib/ui/case/outpatient/extras.ts';

const AHEAD_MS = 14 * 24 * 60 * 60_000;
/** As many as a list can be read through. */
const MOST = 60;

/** What a visit could be booked in: the earliest free times of two weeks. */
export async function freeTimes({ clinic }: App.Locals['hub'], nowMs: number): Promise<BookableSlot[]> {
  const free = await clinic.time.slots.free({
    service: 'outpatient',
    fromMs: nowMs,
    toMs: nowMs + AHEAD_MS,
  });
  return free
    .slice(0, MOST)
    .map(({ slotId, name, title, startsAtMs }) => ({ slotId, name, title, startsAtMs }));
}
