import { expect, it } from 'vitest';
import { practitionerDraftOf, practitionerOf, wrongOf, type Colleague } from './practitioner-draft.ts';

const chen: Colleague = { accountId: 'a_chen', name: '陈明', roles: ['surgeon'], practitioner: null };

it('somebody who is not described yet begins with the name of the account, and lacks a title', () => {
  const draft = practitionerDraftOf(chen);
  expect(draft.realName).toBe('陈明');
  expect(wrongOf(draft)).toEqual(new Set(['title']));
  expect(wrongOf({ ...draft, title: '主任医师' })).toEqual(new Set());
  expect(wrongOf({ ...draft, realName: ' ', licenceNumber: '!' })).toEqual(
    new Set(['realName', 'licenceNumber', 'title']),
  );
});

it('what is left empty is sent as nothing', () => {
  expect(practitionerOf({ ...practitionerDraftOf(chen), title: '主任医师', introduction: ' ' })).toEqual({
    realName: '陈明',
    licenceNumber: null,
    title: '主任医师',
    specialties: [],
    departmentId: null,
    introduction: null,
  });
});
