import type { CaseKind } from '../../signaling/contract/index.ts';

/** The steps of a case that somebody who looks for one takes first. */
export interface TimeSteps {
  move: string | null;
  cancel: string | null;
}

const STEPS: Partial<Record<CaseKind, { move: readonly string[]; cancel: readonly string[] }>> = {
  outpatient: { move: ['reschedule'], cancel: ['cancel'] },
  exam: { move: ['schedule'], cancel: ['cancel'] },
  surgery: { move: ['reschedule'], cancel: ['abort'] },
  // A meeting of two hospitals is arranged by dispatchers: it is called off, and asked for anew.
  consult: { move: [], cancel: ['cancel', 'refuse', 'drop'] },
};

/** Which of what the person may do in a case moves it, and which calls it off. */
export function timeSteps(kind: CaseKind, actions: readonly string[]): TimeSteps {
  const first = (names: readonly string[] = []) => names.find((name) => actions.includes(name)) ?? null;
  return { move: first(STEPS[kind]?.move), cancel: first(STEPS[kind]?.cancel) };
}

/** The case's page with the form of one of its steps open. */
export const stepHref = (caseId: string, step: string): string => `/cases/${caseId}?step=${step}`;
