import type { NoticeData } from '../../signaling/contract/index.ts';
import type { VisitForPatient } from '../../clinic/outpatient/index.ts';

type Standing = Pick<VisitForPatient, 'caseId' | 'place'>;

/** The visit with the place that the hub has told since it was loaded; everybody who waits would otherwise ask at once. */
export function withToldPlace<Visit extends Standing>(
  visit: Visit,
  told: NoticeData<'queue.changed'> | null,
): Visit {
  // Who waits in no queue any more has no place, whatever was on its way.
  if (!told || !visit.place || told.caseId !== visit.caseId || told.asOfMs <= visit.place.asOfMs)
    return visit;
  const { ahead, waitLowMs, waitHighMs, asOfMs } = told;
  return { ...visit, place: { ahead, waitLowMs, waitHighMs, asOfMs } };
}
