import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { OpenedCase } from '$lib/clinic/index.ts';
import type { CaseKind } from '$lib/signaling/contract/index.ts';
import { consultExtras } from './extras-consult.ts';
import { outpatientExtras } from './extras-outpatient.ts';
import { examExtras } from './extras-exam.ts';
import { readingExtras } from './extras-reading.ts';
import { surgeryExtras } from './extras-surgery.ts';

export type ExtrasOf = (
  hub: App.Locals['hub'],
  person: AccountPrincipal,
  found: OpenedCase,
) => Promise<unknown>;

/** What the page of a kind needs beyond the case. */
export const EXTRAS: Readonly<Partial<Record<CaseKind, ExtrasOf>>> = {
  consult: consultExtras,
  outpatient: outpatientExtras,
  exam: examExtras,
  reading: readingExtras,
  surgery: surgeryExtras,
};
