import { expect, it } from 'vitest';
import { BODY_PARTS } from '../../../clinic/model/exam/body-parts.ts';
import { partText } from './study-words.ts';

it('every part that can be ordered has a name', () => {
  const parts = Object.values(BODY_PARTS).flatMap((each) => Object.keys(each));
  expect(parts.filter((part) => partText(part) === part)).toEqual([]);
});
