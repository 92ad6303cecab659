import { isHubError, type CaseActor, type Urgency } from '../../signaling/contract/index.ts';
import { open, take, type CaseState, type Workflow } from '../model/workflow.ts';

export interface Walker {
  accountId: string | null;
  as: readonly CaseActor[];
}

/** One case without a database: what its workflow alone makes of the steps that people take. */
export class CaseWalk<State extends string, Data extends object> implements CaseState<State, Data> {
  readonly #workflow: Workflow<State, Data>;
  readonly #urgency: Urgency;
  state: State;
  data: Data;
  atMs = Date.parse('2026-11-28T08:00:00Z');

  constructor(workflow: Workflow<State, Data>, by: Walker, input: unknown, urgency: Urgency = 'routine') {
    this.#workflow = workflow;
    this.#urgency = urgency;
    const step = { atMs: this.atMs, accountId: by.accountId, urgency };
    ({ state: this.state, data: this.data } = open(workflow, new Set(by.as), input, step));
  }

  /** The state that it leads to, or the code that it is refused with. */
  take(by: Walker, action: string, input: unknown = {}): string {
    try {
      const step = { atMs: this.atMs, accountId: by.accountId, urgency: this.#urgency };
      const { state, data } = take(this.#workflow, this, action, new Set(by.as), input, step);
      Object.assign(this, { state, data });
      return state;
    } catch (error) {
      if (isHubError(error)) return error.code;
      throw error;
    }
  }

  /** Minutes go by. */
  wait(minutes: number): void {
    this.atMs += minutes * 60_000;
  }
}
