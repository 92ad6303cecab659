import { expect, it } from 'vitest';
import { slotPlanSchema } from '../../clinic/model/time/index.ts';
import { newPlan, planOf, timesOf, type PlanDraft } from './plan-draft.ts';

const ZONE = 'Asia/Shanghai';
/** Saturday. */
const NOW = Date.parse('2026-11-28T08:00:00Z');
const times = (change: Partial<PlanDraft> = {}) =>
  timesOf({ ...newPlan('2026-11-28'), ...change }, ZONE, NOW);

it('begins with tomorrow and its working days, as the hub takes it', () => {
  expect(times()).toMatchObject({ times: { length: 25 } });
  const plan = slotPlanSchema.parse(planOf(newPlan('2026-11-28'), 'doctor', ZONE));
  expect(plan).toMatchObject({ firstDay: '2026-11-29', weekdays: [1, 2, 3, 4, 5] });
});

it('says what is wrong before it is sent', () => {
  expect(times({ weekdays: Array(7).fill(false) })).toEqual({ wrong: 'days' });
  expect(times({ from: '12:00', until: '11:00' })).toEqual({ wrong: 'times' });
  expect(times({ until: '' })).toEqual({ wrong: 'incomplete' });
  expect(times({ weeks: null })).toEqual({ wrong: 'incomplete' });
  expect(times({ from: '09:00', until: '09:20' })).toEqual({ wrong: 'incomplete' });
  expect(times({ firstDay: '2026-11-27' })).toEqual({ wrong: 'past' });
  expect(times({ weeks: 52, minutes: '5', from: '08:00', until: '18:00' })).toEqual({ wrong: 'many' });
});
