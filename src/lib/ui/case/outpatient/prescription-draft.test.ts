import { expect, it } from 'vitest';
import { draftOf, emptyLine, linesOf } from './prescription-draft.ts';

const LINE = { ...emptyLine(), medicine: '硝苯地平', strength: '30 mg', dose: '1 片', quantity: '7 片' };

it('sends what is complete, without an empty remark', () => {
  expect(linesOf([{ ...LINE, medicine: ' ' }])).toBeNull();
  expect(linesOf([{ ...LINE, days: 0 }])).toBeNull();
  const [line] = linesOf([LINE]) ?? [];
  expect(line).not.toHaveProperty('remark');
});

it('is the same draft in whatever order the store kept its fields', () => {
  const lines = linesOf([{ ...LINE, remark: '早餐后' }]) ?? [];
  const turned = lines.map((line) => Object.fromEntries(Object.entries(line).reverse()) as typeof line);
  expect(JSON.stringify(draftOf(turned))).toBe(JSON.stringify(draftOf(lines)));
});
