import { expect, it } from 'vitest';
import { CHECKLISTS } from '../../../clinic/model/surgery/checklist.ts';
import { bookedAs, type SurgeryData } from '../../../clinic/model/surgery/surgery-data.ts';
import { currentItem, isHolderAway, movesOf, standingAnnouncement, waitsForWordOf } from './situation.ts';
import { itemText } from './words.ts';

const team = (['operating_surgeon', 'local_surgeon', 'anaesthetist', 'nurse'] as const).map((role) => ({
  accountId: role,
  role,
  remote: role === 'operating_surgeon',
}));
const data: SurgeryData = {
  ...bookedAs(
    {
      procedure: 'p',
      site: 's',
      laterality: 'left',
      indication: 'i',
      scheduledAtMs: 0,
      plannedMinutes: 1,
      team,
      takeoverPlan: { who: 'local_surgeon', how: 'h', when: 'w' },
    },
    0,
  ),
  authority: { accountId: 'operating_surgeon', sinceMs: 0, how: 'started' },
};
const ALL = ['takeOver', 'acceptAuthority', 'offerAuthority', 'withdrawOffer', 'linkRed', 'linkGood'];
const moves = (change: Partial<SurgeryData>, me: string) =>
  movesOf({ actions: ALL, data: { ...data, ...change } }, me);

it('every item of every list has words', () => {
  const items = Object.values(CHECKLISTS).flatMap((list) => Object.keys(list));
  expect(items.filter((item) => itemText(item) === item)).toEqual([]);
});

it('a list waits for a word of whose role has not confirmed its item, and of nobody without one', () => {
  const waited = currentItem('sign_in', [])!.waitsFor[0]!;
  expect(waitsForWordOf(waited, data, 'sign_in')).toBe(true);
  expect(waitsForWordOf(waited, data, null)).toBe(false);
  expect(waitsForWordOf('stranger', data, 'sign_in')).toBe(false);
});

it('one item is read at a time, until the last of its roles has confirmed it', () => {
  const said = (as: (typeof team)[number]['role']) =>
    ({ item: 'team_introduced', as, by: as, answer: 'confirmed', note: null, atMs: 0 }) as const;
  const some = [said('nurse'), said('local_surgeon')];
  expect(currentItem('time_out', some)).toMatchObject({
    item: 'team_introduced',
    number: 1,
    waitsFor: ['operating_surgeon', 'anaesthetist'],
  });
  const all = [...some, said('operating_surgeon'), said('anaesthetist')];
  expect(currentItem('time_out', all)).toMatchObject({ item: 'patient_site_procedure', number: 2 });
});

it('only a local surgeon without authority takes over; who holds it hands it over, not over a red link', () => {
  expect(moves({}, 'local_surgeon')).toMatchObject({ takeOver: true, offerTo: [] });
  expect(moves({}, 'operating_surgeon')).toMatchObject({ takeOver: false, offerTo: ['local_surgeon'] });
  const local = { accountId: 'local_surgeon', sinceMs: 1, how: 'link_red' } as const;
  expect(moves({ authority: local, link: 'red' }, 'local_surgeon')).toMatchObject({
    takeOver: false,
    offerTo: [],
    sayRed: false,
    sayGood: true,
  });
  const offer = { to: 'operating_surgeon', atMs: 2 };
  expect(moves({ authority: local, offer }, 'operating_surgeon').answer).toBe(true);
  expect(moves({ authority: local, offer }, 'local_surgeon').withdraw).toBe(true);
});

it('what was announced stands until it is no longer so', () => {
  const announcement = { kind: 'link_red', accountId: 'local_surgeon', atMs: 1 } as const;
  const local = { accountId: 'local_surgeon', sinceMs: 1, how: 'link_red' } as const;
  expect(standingAnnouncement({ ...data, announcement, authority: local, link: 'red' })).toBe(announcement);
  expect(standingAnnouncement({ ...data, announcement, authority: local, link: 'good' })).toBeNull();
  expect(standingAnnouncement({ ...data, announcement, link: 'red' })).toBeNull();
});

it('who operates from afar is missed when not connected; who stands in the theatre is not', () => {
  const gao = { name: '高峰', role: 'surgeon' as const, connected: true };
  expect(isHolderAway(data, '高峰', [gao])).toBe(false);
  expect(isHolderAway(data, '高峰', [{ ...gao, connected: false }])).toBe(true);
  expect(isHolderAway(data, '高峰', [])).toBe(true);
  const local = { accountId: 'local_surgeon', sinceMs: 1, how: 'taken_over' } as const;
  expect(isHolderAway({ ...data, authority: local }, '陈明', [])).toBe(false);
});
