import type { Component } from 'svelte';
import type { CaseFunction, CaseKind, ErrorCode, Urgency } from '../../signaling/contract/index.ts';

/** A case as its page shows it. */
export interface ShownCase {
  caseId: string;
  kind: CaseKind;
  state: string;
  urgency: Urgency;
  data: object;
  laterality: string | null;
  roomId: string | null;
  boxId: string | null;
  dueAtMs: number | null;
  scheduledAtMs: number | null;
  version: number;
  closedAtMs: number | null;
  participants: { accountId: string; name: string; function: CaseFunction }[];
  /** The steps that this person could take now. */
  actions: string[];
}

export interface StepFormProps<Extras = unknown> {
  shown: ShownCase;
  extras: Extras;
  /** Hub time when the page was loaded. */
  nowMs: number;
  /**
   * Takes the step with this; true when it was taken. What went wrong has been told. `version` where the form itself has just brought the case
   * further than what is shown.
   */
  submit(input: unknown, version?: number): Promise<boolean>;
  /** Why the last try was refused, where the form tells it itself (`tells`). */
  refused?: ErrorCode | null;
  cancel(): void;
}

export interface PanelProps<Extras = unknown> {
  shown: ShownCase;
  extras: Extras;
  nowMs: number;
}

export interface StepUi {
  /** On the button: what happens when it is pressed. */
  word(): string;
  /** `hidden` is taken by other means (a panel of its own, a box, the clock). */
  look?: 'primary' | 'secondary' | 'danger' | 'hidden';
  /** What has to be said for it; without one the step is taken at once, after a question when there is one. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each form knows its own kind's extras
  form?: Component<StepFormProps<any>>;
  /** What will happen, asked before it is done. */
  confirm?(): string;
  /** Its own rules suffice: it must not be lost because somebody else did something a moment before. */
  anyVersion?: true;
  /** Refusals that the form tells by itself; the page is up to date when it does. */
  tells?: readonly ErrorCode[];
  /** False hides it from whoever could take it by their function, but not as the case stands. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  offered?(shown: ShownCase, extras: any): boolean;
}

/** How one kind of case is shown; each kind has a folder with its words, forms and panel. */
export interface CaseUi {
  stateText(state: string): string;
  stateTone(state: string): 'ok' | 'active' | 'caution' | 'alarm' | 'neutral';
  /** In the order in which buttons stand; those not listed here have none. */
  steps: Readonly<Record<string, StepUi>>;
  /** One line for what an event of the history said beyond its name. */
  eventDetail(type: string, data: Record<string, unknown>): string | null;
  /** What the case is about; the body of its page. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  Panel: Component<PanelProps<any>>;
  /** The panel says who takes part, and as what: more exactly than the functions that the hub knows. */
  panelNamesPeople?: true;
  /** The panel asks something of whoever looks that comes before every step. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  panelLeads?(shown: ShownCase, extras: any): boolean;
}

/** The steps that have a button for whoever looks, in the order in which they stand. */
export const offeredSteps = (
  { steps }: Pick<CaseUi, 'steps'>,
  shown: ShownCase,
  extras: unknown,
): [string, StepUi][] =>
  Object.entries(steps).filter(
    ([name, { look, offered }]) =>
      look !== 'hidden' && shown.actions.includes(name) && (offered?.(shown, extras) ?? true),
  );

/** What has the page's one primary button: what the panel asks, else a step, else the way into the room. */
export function leadOf(ui: CaseUi, shown: ShownCase, extras: unknown): 'panel' | 'steps' | 'room' {
  if (ui.panelLeads?.(shown, extras)) return 'panel';
  return offeredSteps(ui, shown, extras).some(([, { look }]) => look === 'primary') ? 'steps' : 'room';
}

/** A step in the fields that the case page's action takes. */
export const stepFields = (step: string, input: unknown, version?: number): Record<string, string> => ({
  step,
  input: JSON.stringify(input),
  ...(version !== undefined && { version: String(version) }),
});
