import { expect, it } from 'vitest';
import { bookingInput } from '../../../clinic/model/surgery/surgery-data.ts';
import { bookingOf, emptyBooking, missingIn, whoTakesOver, type BookingDraft } from './booking-draft.ts';
import { eligibleFor, neededTeam, remoteBy } from './team-draft.ts';

const NOW = new Date('2026-11-28T08:00').getTime();
const full = (): BookingDraft => ({
  procedure: ' 腹腔镜肾部分切除术 ',
  site: '肾',
  laterality: 'left',
  indication: '左肾占位 3 cm',
  scheduledAt: '2026-11-28T09:00',
  plannedMinutes: 150,
  team: neededTeam().map((member) => ({ ...member, accountId: `a-${member.role}` })),
  who: '',
  how: '本地腹腔镜',
  when: '链路中断即刻',
});

it('what the form sends is a booking that the hub takes', () => {
  expect(missingIn(full(), NOW)).toEqual([]);
  expect(bookingInput.parse(bookingOf(full()))).toMatchObject({
    procedure: '腹腔镜肾部分切除术',
    laterality: 'left',
    takeoverPlan: { who: 'a-local_surgeon' },
  });
});

it('says everything that is missing, and never chooses a side', () => {
  expect(missingIn(emptyBooking(), NOW)).toEqual([
    'procedure',
    'site',
    'side',
    'indication',
    'time',
    'minutes',
    'team',
    'plan',
  ]);
  expect(missingIn({ ...full(), scheduledAt: '2026-11-28T07:00' }, NOW)).toEqual(['past']);
  const twice = full().team.map((member) => ({ ...member, accountId: 'one' }));
  expect(missingIn({ ...full(), team: twice }, NOW)).toContain('twice');
});

it('who takes over is a local surgeon of the team, chosen where there are two', () => {
  const two = [...full().team, { key: 9, role: 'local_surgeon' as const, accountId: 'b', remote: false }];
  expect(whoTakesOver({ ...full(), team: two })).toBe('');
  expect(whoTakesOver({ ...full(), team: two, who: 'b' })).toBe('b');
  expect(whoTakesOver({ ...full(), team: two, who: 'a-nurse' })).toBe('');
});

it('a local surgeon is of the house and never remote; others of another house are always', () => {
  const own = { accountId: 'a', name: 'a', roles: ['surgeon'] as const, institutionName: '', isOwn: true };
  const other = { ...own, accountId: 'b', isOwn: false };
  expect(eligibleFor('local_surgeon', [own, other])).toEqual([own]);
  expect(eligibleFor('operating_surgeon', [own, other])).toEqual([own, other]);
  expect(eligibleFor('nurse', [own, other])).toEqual([]);
  expect([
    remoteBy('local_surgeon', own),
    remoteBy('operating_surgeon', other),
    remoteBy('nurse', own),
  ]).toEqual([false, true, null]);
});
