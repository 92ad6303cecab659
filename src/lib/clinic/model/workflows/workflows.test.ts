import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHubError, URGENCIES, type CaseActor, type CaseKind } from '../../../signaling/contract/index.ts';
import { arbitraryInput } from '../../testing/arbitrary-input.ts';
import type { ConsultData } from '../consult/consult-data.ts';
import { open, possibleActions, take, targetsOf, type CaseState, type Workflow } from '../workflow.ts';
import { WORKFLOWS } from './index.ts';

/** Steps that lead out of what is over, on purpose. */
const AFTER_ITS_END: Partial<Record<CaseKind, readonly string[]>> = {
  consult: ['amend'],
  outpatient: ['recall'],
};

const NOW_MS = Date.parse('2026-11-28T08:00:00Z');
const TEAM = [
  { accountId: 'doctor-1', role: 'operating_surgeon', remote: true },
  { accountId: 'doctor-2', role: 'local_surgeon', remote: false },
  { accountId: 'doctor-3', role: 'anaesthetist', remote: false },
  { accountId: 'doctor-4', role: 'nurse', remote: false },
];
const ACCOUNTS = TEAM.map(({ accountId }) => accountId);
const HINTS = {
  nowMs: NOW_MS,
  texts: [...ACCOUNTS, '2026-11-28', '08:00'],
  fields: {
    modality: ['ultrasound'],
    bodyPart: ['kidney'],
    laterality: ['left'],
    team: [TEAM],
    takeoverPlan: [{ who: 'doctor-2', how: '转为本地', when: '链路红' }],
    accountIds: [ACCOUNTS],
  },
};

/** What holds in every state that anybody can bring a case to. */
const ALWAYS: Partial<Record<CaseKind, (state: string, data: object) => void>> = {
  consult: (state, data) => {
    const { consent, specialistId } = data as ConsultData;
    if (['consented', 'ready', 'in_session'].includes(state)) expect([state, consent]).not.toContain(null);
    if (['matched', 'accepted', 'consented', 'ready', 'in_session'].includes(state))
      expect([state, specialistId]).not.toContain(null);
  },
};

const kinds = Object.entries(WORKFLOWS) as [CaseKind, Workflow][];
const stateNames = ({ states }: Workflow): string[] => Object.keys(states);
const isClosed = ({ states }: Workflow, state: string): boolean => states[state]?.closed ?? false;

function edgesOf({ actions }: Workflow): [from: string, to: string][] {
  return Object.values(actions).flatMap((each) =>
    each.from.flatMap((from) => targetsOf(each, from).map((to): [string, string] => [from, to])),
  );
}

/** Every state that can be come to from these, along the edges or against them. */
function reach(starts: readonly string[], edges: readonly [string, string][]): Set<string> {
  const seen = new Set(starts);
  for (const at of seen) for (const [from, to] of edges) if (from === at) seen.add(to);
  return seen;
}

describe.each(kinds)('%s, as declared,', (kind, workflow) => {
  const names = stateNames(workflow);
  const edges = edgesOf(workflow);

  it('leads nowhere but to its own states', () => {
    expect(workflow.kind).toBe(kind);
    for (const state of [workflow.opening.state, ...edges.flat()]) expect(names).toContain(state);
  });

  it('comes to every state, and from every state to an end', () => {
    expect(names.filter((state) => !reach([workflow.opening.state], edges).has(state))).toEqual([]);
    const ends = names.filter((state) => isClosed(workflow, state));
    const backwards = edges.map(([from, to]): [string, string] => [to, from]);
    expect(names.filter((state) => !reach(ends, backwards).has(state))).toEqual([]);
  });

  it('has a step for every clock that can run out, which is the clock’s alone', () => {
    const timed = names.filter((state) =>
      Object.values(workflow.states[state]?.dueMinutes ?? {}).some((minutes) => minutes !== null),
    );
    const expired = workflow.actions['expired'];
    expect(timed.filter((state) => !expired?.from.includes(state))).toEqual([]);
    if (expired) expect(expired.by).toEqual(['clock']);
  });

  it('is somebody’s turn while it is open, who can do something; nobody’s once it is over', () => {
    for (const state of names) {
      const { waitsFor = [], dueMinutes } = workflow.states[state] ?? {};
      if (isClosed(workflow, state)) {
        expect([state, waitsFor, dueMinutes]).toEqual([state, [], undefined]);
        continue;
      }
      expect([state, waitsFor.length > 0]).toEqual([state, true]);
      // The clock also stands for other systems: a patient pays elsewhere.
      const theirs = new Set<CaseActor>([...waitsFor, 'clock']);
      expect([state, possibleActions(workflow, state, theirs).length > 0]).toEqual([state, true]);
    }
  });

  it('is every step somebody’s, and nothing leads out of its end but on purpose', () => {
    expect(workflow.opening.by).not.toEqual([]);
    expect(Object.entries(workflow.actions).filter(([, { by }]) => by.length === 0)).toEqual([]);
    const after = Object.entries(workflow.actions)
      .filter(([, { from }]) => from.some((state) => isClosed(workflow, state)))
      .map(([name]) => name);
    expect(after).toEqual(AFTER_ITS_END[kind] ?? []);
  });
});

interface Walk {
  current: CaseState;
  reached: Set<string>;
}

const everyActor = (workflow: Workflow): CaseActor[] => [
  ...new Set([...workflow.opening.by, ...Object.values(workflow.actions).flatMap(({ by }) => by)]),
  'home:observer',
  'role:administrator',
];

/** Like `Cases`: what is kept is what survives being written down. */
const kept = (state: CaseState): CaseState => JSON.parse(JSON.stringify(state)) as CaseState;

describe.each(kinds)('%s, whatever anybody does,', (kind, workflow) => {
  const actors = everyActor(workflow);
  const names = Object.keys(workflow.actions);
  const opening = arbitraryInput(workflow.opening.input, HINTS);
  const inputs = new Map(
    Object.entries(workflow.actions).map(([name, { input }]) => [name, arbitraryInput(input, HINTS)]),
  );
  const someActors = fc.subarray(actors, { minLength: 1, maxLength: 3 });
  const step = fc.record({
    atMs: fc.integer({ min: 0, max: 7_200_000 }).map((ms) => NOW_MS + ms),
    accountId: fc.constantFrom(...ACCOUNTS, null),
    urgency: fc.constantFrom(...URGENCIES),
  });
  const junk = fc.oneof(fc.constant({}), fc.anything());

  /** Null where chance did not find an input that the opening takes. */
  function begun(g: fc.GeneratorValue): CaseState | null {
    for (let tries = 0; tries < 5; tries++) {
      try {
        const { state, data } = open(
          workflow,
          new Set(workflow.opening.by),
          g(() => opening),
          g(() => step),
        );
        return kept({ state, data });
      } catch (error) {
        if (!isHubError(error)) throw error;
      }
    }
    return null;
  }

  /** One step by chance, mostly one that could be taken, by somebody who may. */
  function walkOn(g: fc.GeneratorValue, { current, reached }: Walk): CaseState {
    const open = Object.keys(workflow.actions).filter((name) =>
      workflow.actions[name]?.from.includes(current.state),
    );
    const name =
      open.length > 0 && g(fc.integer, { min: 0, max: 4 }) > 0
        ? g(fc.constantFrom<string[]>, ...open)
        : g(fc.constantFrom<string[]>, ...names, 'toString', 'nothing');
    const definition = Object.hasOwn(workflow.actions, name) ? workflow.actions[name] : undefined;
    const who = new Set(
      definition && g(fc.integer, { min: 0, max: 4 }) > 0
        ? [g(fc.constantFrom<CaseActor[]>, ...definition.by)]
        : g(() => someActors),
    );
    const input = g(() => (g(fc.integer, { min: 0, max: 9 }) > 0 ? (inputs.get(name) ?? junk) : junk));
    const context = g(() => step);
    const before = JSON.stringify(current);
    const attempt = () => take(workflow, current, name, who, input, context);
    let stepped: CaseState;
    try {
      stepped = attempt();
    } catch (error) {
      if (!isHubError(error)) throw error;
      expect(JSON.stringify(current)).toBe(before);
      return current;
    }
    expect(JSON.stringify(current)).toBe(before);
    expect(definition?.from).toContain(current.state);
    expect(definition?.by.some((actor) => who.has(actor))).toBe(true);
    expect(Object.hasOwn(workflow.states, stepped.state)).toBe(true);
    expect(attempt()).toEqual(stepped);
    const { state, data } = stepped;
    expect(kept({ state, data })).toEqual({ state, data });
    ALWAYS[kind]?.(state, data);
    reached.add(state);
    return kept({ state, data });
  }

  it('never comes to an undeclared state, never obeys who is not named, and a refusal changes nothing', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.gen(), (g) => {
        let current = begun(g);
        if (!current) return;
        reached.add(current.state);
        for (let steps = 0; steps < 25; steps++) current = walkOn(g, { current, reached });
      }),
      { numRuns: 25, seed: 5 },
    );
    // Or nothing was tried.
    expect(reached.size).toBeGreaterThan(2);
  });

  it('is begun by nobody else', () => {
    const others = actors.filter((actor) => !workflow.opening.by.includes(actor));
    fc.assert(
      fc.property(fc.subarray(others), opening, step, (who, input, context) => {
        expect(() => open(workflow, new Set(who), input, context)).toThrow(
          expect.objectContaining({ code: 'forbidden' }) as Error,
        );
      }),
      { numRuns: 20 },
    );
  });
});
