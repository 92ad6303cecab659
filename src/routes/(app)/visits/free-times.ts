import type { OpenedCase } from '$lib/clinic/index.ts';
import type { OutpatientData } from '$lib/clinic/model/outpatient/outpatient-data.ts';
import type { BookableSlot } from '$lib/ui/case/outpatient/extras.ts';

/** Whose patient it is, once booked. */
export const doctorIdOf = ({ data }: OpenedCase): string | null => (data as OutpatientData).doctorId;

const AHEAD_MS = 14 * 24 * 60 * 60_000;
/** As many as a list can be read through. */
const MOST = 60;

/** What a visit could be booked in: the earliest free times of two weeks, after those of the doctor whom the patient has already. */
export async function freeTimes(
  { clinic }: App.Locals['hub'],
  doctorId: string | null,
): Promise<BookableSlot[]> {
  const nowMs = Date.now();
  const ask = (accountId?: string) =>
    clinic.time.slots.free({
      service: 'outpatient',
      fromMs: nowMs,
      toMs: nowMs + AHEAD_MS,
      ...(accountId !== undefined && { accountId }),
    });
  const [own, all] = await Promise.all([doctorId === null ? [] : ask(doctorId), ask()]);
  const others = all.filter(({ accountId }) => accountId !== doctorId);
  return [...own.slice(0, MOST), ...others.slice(0, MOST)].map(({ slotId, name, title, startsAtMs }) => ({
    slotId,
    name,
    title,
    startsAtMs,
  }));
}
