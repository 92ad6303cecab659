import { expect, it } from 'vitest';
import { WORKFLOWS } from '../../clinic/model/index.ts';
import { CASE_KINDS } from '../../signaling/contract/index.ts';
import { timeSteps } from './case-steps.ts';

it('offers of a case what moves it and what calls it off, by steps that its workflow has', () => {
  for (const kind of CASE_KINDS) {
    const all = Object.keys(WORKFLOWS[kind].actions);
    const { move, cancel } = timeSteps(kind, all);
    expect([kind, cancel !== null]).toEqual([kind, kind !== 'reading']);
    expect([kind, move !== null]).toEqual([kind, kind !== 'reading' && kind !== 'consult']);
    expect(timeSteps(kind, [])).toEqual({ move: null, cancel: null });
  }
  expect(timeSteps('consult', ['refuse', 'accept']).cancel).toBe('refuse');
});
