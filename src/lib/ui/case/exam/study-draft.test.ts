import { expect, it } from 'vitest';
import { emptyStudy, missingIn, sideAfter, studyOf } from './study-draft.ts';

const kidney = { ...emptyStudy, bodyPart: 'kidney', reason: ' 腰痛 ', question: '结石？' };

it('a part with two sides is not sent before somebody has chosen one', () => {
  expect(sideAfter(kidney)).toBe('');
  expect(studyOf(kidney)).toBeNull();
  expect(studyOf({ ...kidney, laterality: 'none' })).toBeNull();
  expect(studyOf({ ...kidney, laterality: 'left' })).toMatchObject({ laterality: 'left', reason: '腰痛' });
});

it('a part without sides asks for none', () => {
  const abdomen = { ...kidney, bodyPart: 'abdomen' };
  expect(sideAfter(abdomen)).toBe('none');
  expect(studyOf({ ...abdomen, laterality: 'none' })).not.toBeNull();
  expect(studyOf({ ...abdomen, laterality: 'left' })).toBeNull();
});

it('nothing is sent without a part, a reason and a question', () => {
  for (const missing of [{ bodyPart: '' }, { reason: ' ' }, { question: '' }])
    expect(studyOf({ ...kidney, laterality: 'left', ...missing })).toBeNull();
});

it('says what is missing, and no side before there is a part', () => {
  expect(missingIn(emptyStudy)).toEqual(['part', 'reason', 'question']);
  expect(missingIn(kidney)).toEqual(['side']);
  expect(missingIn({ ...kidney, laterality: 'right' })).toEqual([]);
});
