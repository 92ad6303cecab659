import { z } from 'zod';
import {
  HubError,
  type CaseActor,
  type CaseKind,
  type ErrorCode,
  type Urgency,
} from '../../signaling/contract/index.ts';
import { parseInput } from './parse.ts';

/**
 * A kind of case as one declaration: its states, and every step that leads from one to the next, with who may take it and what it needs.
 * Whatever is not declared is refused. The hub runs it, pages draw their buttons from it, and one property test walks all of them.
 *
 * What happened is the truth (a list of events); `data` is what the events add up to, by `apply`, and nothing else.
 */
export interface Workflow<State extends string = string, Data extends object = object> {
  readonly kind: CaseKind;
  /** Who may read such a case, beside whoever asked for it and has a function in it. */
  readonly visibleTo: readonly CaseActor[];
  readonly states: Readonly<Record<State, StateDefinition>>;
  readonly opening: OpeningDefinition<State, Data>;
  readonly actions: Readonly<Record<string, ActionDefinition<State, Data>>>;
}

export interface StateDefinition {
  /** Nothing more can happen but what is declared from here; the case leaves every work list. */
  readonly closed?: true;
  /** Whose turn it is: the case stands in their list. */
  readonly waitsFor?: readonly CaseActor[];
  /** By when somebody has to act, in minutes from entering the state; then the step `expired` of the clock is taken. */
  readonly dueMinutes?: Readonly<Record<Urgency, number | null>>;
  /** What is waited for is due at the case's scheduled time, not before: until then it stands among what comes next. */
  readonly scheduled?: true;
  /** The case is stopped where it is (wrong patient): nothing is written or attached until it goes on. */
  readonly frozen?: true;
}

export interface OpeningDefinition<State extends string, Data extends object> {
  readonly by: readonly CaseActor[];
  readonly input: z.ZodType;
  readonly state: State;
  apply(input: never, step: StepContext): Data;
}

export interface StepContext {
  readonly atMs: number;
  /** Who acts; null is the hub's clock. */
  readonly accountId: string | null;
  /** As others are told who it was; absent where nobody asked for names. */
  readonly actorName?: string | null;
  readonly urgency: Urgency;
}

/** A step within a case that is there already. */
export interface Step<State extends string> extends StepContext {
  /** The state that it leaves. */
  readonly from: State;
}

export interface ActionDefinition<State extends string, Data extends object> {
  readonly from: readonly State[];
  /** The states that it may lead to; the first unless `next` chooses. */
  readonly to: readonly State[] | 'same';
  readonly by: readonly CaseActor[];
  readonly input: z.ZodType;
  /** What else must hold; a refusal changes nothing. */
  guard?(data: Data, input: never, step: Step<State>): Refusal | null;
  next?(data: Data, input: never, step: Step<State>): State;
  apply?(data: Data, input: never, step: Step<State>): Data;
}

export interface Refusal {
  code: ErrorCode;
  /** For developers; pages say it by code and action. */
  message: string;
}

export interface CaseState<State extends string = string, Data extends object = object> {
  readonly state: State;
  readonly data: Data;
}

export interface Stepped<State extends string, Data extends object> extends CaseState<State, Data> {
  /** As parsed: what the event of this step keeps. */
  readonly input: unknown;
}

/** Keeps the types of each action's own input together without giving up on the common shape. */
export function action<State extends string, Data extends object, Input extends z.ZodType>(definition: {
  from: readonly State[];
  to: readonly State[] | 'same';
  by: readonly CaseActor[];
  input: Input;
  guard?(data: Data, input: z.output<Input>, step: Step<State>): Refusal | null;
  next?(data: Data, input: z.output<Input>, step: Step<State>): State;
  apply?(data: Data, input: z.output<Input>, step: Step<State>): Data;
}): ActionDefinition<State, Data> {
  return definition as ActionDefinition<State, Data>;
}

/** `action` for one kind, so that its steps need not repeat its types. */
export const actionsOf =
  <State extends string, Data extends object>() =>
  <Input extends z.ZodType>(definition: Parameters<typeof action<State, Data, Input>>[0]) =>
    action<State, Data, Input>(definition);

/** The same for how a case begins. */
export function opening<State extends string, Data extends object, Input extends z.ZodType>(definition: {
  by: readonly CaseActor[];
  input: Input;
  state: State;
  apply(input: z.output<Input>, step: StepContext): Data;
}): OpeningDefinition<State, Data> {
  return definition as OpeningDefinition<State, Data>;
}

/** For steps that need nothing said. */
export const nothing = z.strictObject({});

/** @throws {HubError} forbidden, invalid_message */
export function open<State extends string, Data extends object>(
  workflow: Workflow<State, Data>,
  actors: ReadonlySet<CaseActor>,
  rawInput: unknown,
  step: StepContext,
): Stepped<State, Data> {
  const { by, input: schema, state, apply } = workflow.opening;
  if (!by.some((actor) => actors.has(actor))) throw new HubError('forbidden');
  const input = parseInput(schema, rawInput);
  return { state, input, data: apply(input as never, step) };
}

/**
 * What a case becomes by one step. Pure.
 * @throws {HubError} unknown_message, forbidden, out_of_order (the step is not possible from here), invalid_message, and what the step's
 *   own guard says
 */
export function take<State extends string, Data extends object>(
  workflow: Workflow<State, Data>,
  current: CaseState<State, Data>,
  actionName: string,
  actors: ReadonlySet<CaseActor>,
  rawInput: unknown,
  step: StepContext,
): Stepped<State, Data> {
  const definition = Object.hasOwn(workflow.actions, actionName) ? workflow.actions[actionName] : undefined;
  if (!definition) throw new HubError('unknown_message', `${workflow.kind} has no step ${actionName}`);
  if (!definition.by.some((actor) => actors.has(actor))) throw new HubError('forbidden');
  if (!definition.from.includes(current.state))
    throw new HubError('out_of_order', `${actionName} is not possible while ${current.state}`);
  const input = parseInput(definition.input, rawInput) as never;
  const within: Step<State> = { ...step, from: current.state };
  const refusal = definition.guard?.(current.data, input, within);
  if (refusal) throw new HubError(refusal.code, refusal.message);
  const state = definition.next?.(current.data, input, within) ?? firstOf(definition, current.state);
  if (!targetsOf(definition, current.state).includes(state))
    throw new Error(`${workflow.kind}.${actionName} leads to ${state}, which it does not declare`);
  return { state, input, data: definition.apply?.(current.data, input, within) ?? current.data };
}

/** The steps that these people could take now, whatever they would have to say for it. */
export function possibleActions(workflow: Workflow, state: string, actors: ReadonlySet<CaseActor>): string[] {
  return Object.entries(workflow.actions)
    .filter(([, { from, by }]) => from.includes(state) && by.some((actor) => actors.has(actor)))
    .map(([name]) => name);
}

export function targetsOf<State extends string, Data extends object>(
  { to }: ActionDefinition<State, Data>,
  from: State,
): readonly State[] {
  return to === 'same' ? [from] : to;
}

function firstOf<State extends string, Data extends object>(
  definition: ActionDefinition<State, Data>,
  from: State,
): State {
  const [first] = targetsOf(definition, from);
  if (first === undefined) throw new Error('a step leads nowhere');
  return first;
}

/** When the case has to have left this state, in ms since 1970; null when nobody waits. */
export function dueAtMs(
  { dueMinutes }: StateDefinition,
  urgency: Urgency,
  enteredAtMs: number,
): number | null {
  const minutes = dueMinutes?.[urgency] ?? null;
  return minutes === null ? null : enteredAtMs + minutes * 60_000;
}
