import { expect, it } from 'vitest';
import { selfTestResultSchema } from '../../../signaling/contract/index.ts';
import { selfTestSaid } from './self-test-said.ts';
import { FINDINGS } from './words.ts';

it('whatever the screen says is a self-test that the hub takes', () => {
  for (const finding of FINDINGS) {
    const said = selfTestSaid('warn', finding, 1);
    expect(selfTestResultSchema.parse(said).checks).toMatchObject([{ finding, status: 'warn' }]);
  }
  expect(selfTestResultSchema.parse(selfTestSaid('ok', null, 1)).checks).toEqual([]);
});
