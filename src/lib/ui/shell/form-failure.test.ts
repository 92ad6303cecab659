import { expect, it } from 'vitest';
import { HubError } from '../../signaling/contract/index.ts';
import { formFailure } from './form-failure.ts';

it('hands a hub error to the form, with what was typed', () => {
  expect(formFailure(new HubError('conflict'))).toMatchObject({ status: 409, data: { code: 'conflict' } });
  expect(formFailure(new HubError('rate_limited'), { username: 'wang' })).toMatchObject({
    status: 429,
    data: { code: 'rate_limited', username: 'wang' },
  });
});

it('hides no other error', () => {
  const database = Object.assign(new Error('x'), { code: '23505' });
  expect(() => formFailure(database)).toThrow(database);
});
