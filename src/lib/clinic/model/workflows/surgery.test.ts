import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaseWalk, type Walker } from '../../testing/case-walk.ts';
import { CHECKLISTS, confirmersOf, openItems, type ChecklistName } from '../surgery/checklist.ts';
import { judge } from '../surgery/rehearsal.ts';
import { votersOf } from '../surgery/surgery-data.ts';
import { isSurgeon, roleIn, type SurgeryRole } from '../surgery/team.ts';
import { phaseOf, surgery } from './surgery.ts';

const team = [
  { accountId: 'chief', role: 'operating_surgeon', remote: true },
  { accountId: 'local', role: 'local_surgeon', remote: false },
  { accountId: 'second', role: 'local_surgeon', remote: false },
  { accountId: 'sleep', role: 'anaesthetist', remote: false },
  { accountId: 'nurse', role: 'nurse', remote: false },
  { accountId: 'proctor', role: 'proctor', remote: true },
] as const;
const FUNCTION = {
  operating_surgeon: 'as:operating_surgeon',
  local_surgeon: 'as:operating_surgeon',
  anaesthetist: 'as:anaesthetist',
  nurse: 'as:nurse',
  proctor: 'as:proctor',
} as const;
const walker = (accountId: string, role: keyof typeof FUNCTION): Walker => ({
  accountId,
  as: [FUNCTION[role]],
});
const person = {
  chief: walker('chief', 'operating_surgeon'),
  local: walker('local', 'local_surgeon'),
  second: walker('second', 'local_surgeon'),
  sleep: walker('sleep', 'anaesthetist'),
  nurse: walker('nurse', 'nurse'),
  proctor: walker('proctor', 'proctor'),
};
const planner: Walker = { accountId: 'planner', as: ['requester', 'role:rural_doctor', 'home:surgeon'] };
const box: Walker = { accountId: null, as: ['box'] };

const booking = {
  procedure: '腹腔镜肾部分切除术',
  site: '肾',
  laterality: 'left',
  indication: '左肾占位 3 cm',
  scheduledAtMs: Date.parse('2026-11-28T10:00:00Z'),
  plannedMinutes: 150,
  team,
  takeoverPlan: { who: 'local', how: '转为本地腹腔镜，必要时开放', when: '链路红或主刀失联即刻' },
};
const book = (more: object = {}) => new CaseWalk(surgery, planner, { ...booking, ...more });
const everybody = team.map(({ accountId }) => accountId);
const good = { rttMs: 40, lossPercent: 0.1, ageMs: 180, carriers: 2 };
type Walk = ReturnType<typeof book>;
const rehearse = (walk: Walk, figures: object = {}, who: Walker = person.nurse) =>
  walk.take(who, 'rehearse', { measuredAtMs: walk.atMs, ...good, ...figures });

function consented(): Walk {
  const walk = book();
  walk.take(planner, 'recordConsent', { reference: 'C-17', accountIds: everybody });
  expect(walk.take(person.nurse, 'openRoom', { boxId: null })).toBe('consented');
  return walk;
}
function cleared(): Walk {
  const walk = consented();
  rehearse(walk);
  walk.take(person.chief, 'voteGo');
  expect(walk.take(person.local, 'voteGo')).toBe('cleared');
  return walk;
}
function say(walk: Walk, item: string, as: SurgeryRole, more: object = {}): string {
  const who = team.find(({ role }) => role === as)!.accountId;
  return walk.take(person[who], 'confirmItem', { item, as, laterality: 'left', ...more });
}
function readOut(walk: Walk, list: ChecklistName): string {
  for (const { item, as } of openItems(list, walk.data.checklists[list])) say(walk, item, as);
  return walk.state;
}
function operating(): Walk {
  const walk = cleared();
  readOut(walk, 'sign_in');
  readOut(walk, 'time_out');
  expect(walk.take(person.chief, 'start')).toBe('operating');
  return walk;
}

describe('a booking', () => {
  it('names its roles, a local surgeon among them who takes over', () => {
    const without = (role: string) => ({ team: team.filter((member) => member.role !== role) });
    for (const bad of [
      without('operating_surgeon'),
      without('local_surgeon'),
      without('anaesthetist'),
      without('nurse'),
      { team: [...team, { ...team[3], role: 'nurse' }] },
      { team: team.map((member) => ({ ...member, remote: true })) },
      { takeoverPlan: { ...booking.takeoverPlan, who: 'chief' } },
      { takeoverPlan: { ...booking.takeoverPlan, how: ' ' } },
    ])
      expect(() => book(bad)).toThrow();
    expect(book(without('proctor')).state).toBe('booked');
  });

  it('is agreed to by name: whoever is replaced, or who takes over, asks for a new consent', () => {
    const walk = book();
    const some = everybody.slice(1);
    expect(walk.take(planner, 'recordConsent', { reference: 'C-17', accountIds: some })).toBe(
      'invalid_message',
    );
    expect(walk.take(planner, 'recordConsent', { reference: 'C-17', accountIds: everybody })).toBe(
      'consented',
    );
    const change = { accountId: 'local', by: 'third', remote: false, reason: '病假' };
    expect(walk.take(planner, 'replaceMember', { ...change, remote: true })).toBe('invalid_message');
    expect(walk.take(planner, 'replaceMember', { ...change, by: 'sleep' })).toBe('invalid_message');
    expect(walk.take(planner, 'replaceMember', { ...change, accountId: 'nobody' })).toBe('not_found');
    expect(walk.take(planner, 'replaceMember', change)).toBe('booked');
    expect(walk.data).toMatchObject({
      consent: null,
      takeoverPlan: { who: 'third' },
      authority: { accountId: 'third' },
    });
  });
});

describe('the rehearsal', () => {
  it.each([
    [{}, 'go'],
    [{ ageMs: 200 }, 'go'],
    [{ ageMs: 201 }, 'caution'],
    [{ ageMs: 301 }, 'no_go'],
    [{ rttMs: 101 }, 'caution'],
    [{ rttMs: 151 }, 'no_go'],
    [{ lossPercent: 1.1 }, 'caution'],
    [{ lossPercent: 3.1 }, 'no_go'],
    [{ carriers: 1 }, 'caution'],
  ])('of %j says %s', (figures, judgement) => {
    expect(judge({ measuredAtMs: 0, ...good, ...figures })).toBe(judgement);
  });

  it('may be judged more strictly than its figures, never less', () => {
    const walk = consented();
    rehearse(walk, { stricter: { judgement: 'caution', reason: '抖动' } });
    expect(walk.data.rehearsal).toMatchObject({ computed: 'go', judgement: 'caution', reason: '抖动' });
    expect(rehearse(walk, { ageMs: 400, stricter: { judgement: 'go', reason: '没事' } })).toBe('stopped');
    expect(walk.data.rehearsal).toMatchObject({ computed: 'no_go', judgement: 'no_go' });
    expect(walk.take(person.chief, 'voteGo')).toBe('out_of_order');
    expect(rehearse(walk)).toBe('rehearsed');
  });

  it('needs the word of both surgeons, on figures of the last half hour; one no-go stops', () => {
    const walk = consented();
    expect(rehearse(walk, { measuredAtMs: walk.atMs - 31 * 60_000 })).toBe('expired');
    expect(rehearse(walk, { measuredAtMs: walk.atMs + 5 * 60_000 })).toBe('expired');
    rehearse(walk);
    expect(walk.take(person.second, 'voteGo')).toBe('forbidden');
    expect(walk.take(person.sleep, 'voteGo')).toBe('forbidden');
    walk.take(person.chief, 'voteGo');
    expect(walk.take(person.chief, 'voteGo')).toBe('rehearsed');
    walk.wait(31);
    expect(walk.take(person.local, 'voteGo')).toBe('expired');
    rehearse(walk);
    expect(walk.take(person.local, 'voteGo')).toBe('rehearsed');
    expect(walk.take(person.chief, 'voteNoGo', { reason: '画面卡顿' })).toBe('stopped');
    expect(walk.data.go).toEqual([]);
    rehearse(walk);
    walk.take(person.local, 'voteGo');
    expect(walk.take(person.chief, 'voteGo')).toBe('cleared');
  });
});

describe('the checklist', () => {
  it('is confirmed item by item, by name, by those whose item it is', () => {
    const walk = cleared();
    expect(say(walk, 'pulse_oximeter_on', 'nurse')).toBe('invalid_message');
    expect(say(walk, 'toString', 'nurse')).toBe('invalid_message');
    const lie = { item: 'pulse_oximeter_on', as: 'anaesthetist' };
    expect(walk.take(person.nurse, 'confirmItem', lie)).toBe('forbidden');
    expect(say(walk, 'team_introduced', 'nurse')).toBe('invalid_message');
    expect(walk.take(person.chief, 'start')).toBe('out_of_order');
    expect(readOut(walk, 'sign_in')).toBe('signed_in');
    expect(readOut(walk, 'time_out')).toBe('timed_out');
    expect(walk.data.checklists.sign_in.find(({ item }) => item === 'site_marked')?.by).toBe('local');
    for (const list of Object.keys(CHECKLISTS) as ChecklistName[])
      for (const item of Object.keys(CHECKLISTS[list])) expect(confirmersOf(list, item)).not.toEqual([]);
  });

  it('stops for the other side, and begins anew', () => {
    const walk = cleared();
    readOut(walk, 'sign_in');
    expect(say(walk, 'patient_site_procedure', 'nurse', { laterality: undefined })).toBe('invalid_message');
    expect(say(walk, 'patient_site_procedure', 'nurse', { laterality: 'right' })).toBe('stopped');
    expect(walk.data).toMatchObject({ stopped: { kind: 'wrong_side', by: 'nurse' }, go: [] });
    expect(walk.data.checklists.sign_in).toEqual([]);
  });

  it('that took longer than the figures stand for asks for new ones, and for both words on them', () => {
    const walk = cleared();
    readOut(walk, 'sign_in');
    walk.wait(40);
    readOut(walk, 'time_out');
    expect(walk.take(person.chief, 'start')).toBe('expired');
    expect(rehearse(walk)).toBe('timed_out');
    expect(walk.take(person.chief, 'start')).toBe('out_of_order');
    walk.take(person.chief, 'voteGo');
    expect(walk.take(person.local, 'voteGo')).toBe('timed_out');
    expect(walk.take(person.local, 'start')).toBe('forbidden');
    expect(walk.take(person.chief, 'start')).toBe('operating');
  });
});

describe('authority', () => {
  it('is handed over by two: offered and accepted', () => {
    const walk = operating();
    expect(walk.data.authority).toMatchObject({ accountId: 'chief', how: 'started' });
    expect(walk.take(person.local, 'acceptAuthority')).toBe('conflict');
    expect(walk.take(person.local, 'offerAuthority', { to: 'second' })).toBe('forbidden');
    expect(walk.take(person.chief, 'offerAuthority', { to: 'proctor' })).toBe('invalid_message');
    walk.take(person.chief, 'offerAuthority', { to: 'local' });
    expect(walk.data.authority.accountId).toBe('chief');
    expect(walk.take(person.second, 'acceptAuthority')).toBe('conflict');
    walk.take(person.local, 'acceptAuthority');
    expect(walk.data.authority).toMatchObject({ accountId: 'local', how: 'handed_over' });
    walk.take(person.local, 'offerAuthority', { to: 'chief' });
    walk.take(person.chief, 'declineAuthority', { reason: '等一下' });
    expect(walk.data).toMatchObject({ offer: null, authority: { accountId: 'local' } });
  });

  it('is taken by a local surgeon at once, and by the local surgeon when the link is red', () => {
    const walk = operating();
    walk.take(person.chief, 'offerAuthority', { to: 'local' });
    expect(walk.take(person.chief, 'takeOver', { reason: 'x' })).toBe('forbidden');
    walk.take(person.second, 'takeOver', { reason: '出血' });
    expect(walk.data).toMatchObject({
      authority: { accountId: 'second', how: 'taken_over' },
      announcement: { kind: 'takeover', accountId: 'second' },
      offer: null,
    });
    walk.take(person.second, 'offerAuthority', { to: 'chief' });
    walk.take(person.chief, 'acceptAuthority');
    expect(walk.take(box, 'linkRed')).toBe('operating');
    expect(walk.data).toMatchObject({
      authority: { accountId: 'local', how: 'link_red' },
      announcement: { kind: 'link_red' },
    });
    expect(walk.take(person.local, 'offerAuthority', { to: 'chief' })).toBe('conflict');
    // Pressed in the same moment: no error then, and said aloud.
    expect(walk.take(person.local, 'takeOver', { reason: '链路中断' })).toBe('operating');
    expect(walk.data).toMatchObject({
      authority: { accountId: 'local', how: 'link_red' },
      announcement: { kind: 'takeover' },
    });
    walk.take(box, 'linkGood');
    expect(walk.data.authority.accountId).toBe('local');
    expect(walk.take(person.local, 'offerAuthority', { to: 'chief' })).toBe('operating');
    expect(walk.data.authorityLog.map(({ accountId }) => accountId)).toEqual([
      'local',
      'chief',
      'second',
      'chief',
    ]);
  });

  it('goes back to the local surgeon at the end, and the room’s page follows', () => {
    const walk = operating();
    const phases = [phaseOf(walk.data, walk.state)];
    expect(walk.take(person.local, 'finishOperating')).toBe('forbidden');
    walk.take(person.chief, 'finishOperating');
    phases.push(phaseOf(walk.data, walk.state));
    expect(walk.data.authority.accountId).toBe('local');
    readOut(walk, 'sign_out');
    phases.push(phaseOf(walk.data, walk.state));
    walk.take(person.chief, 'debrief');
    phases.push(phaseOf(walk.data, walk.state));
    expect(phases).toEqual(['operating', 'sign_out', 'debrief', 'over']);
    expect(phaseOf(consented().data, 'consented')).toBe('rehearsal');
  });

  it('can be given up at every stage, with a reason', () => {
    for (const walk of [book(), consented(), cleared()]) {
      expect(walk.take(person.chief, 'abort')).toBe('invalid_message');
      expect(walk.take(person.chief, 'abort', { reason: '患者发热' })).toBe('aborted');
    }
    const walk = operating();
    expect(walk.take(person.sleep, 'abort', { reason: '循环不稳' })).toBe('debriefing');
    expect(walk.data).toMatchObject({ authority: { accountId: 'local' }, aborted: { by: 'sleep' } });
  });

  it('is one surgeon’s at every moment, with a local surgeon in the team, whatever is done in whatever order', () => {
    const steps = [
      ...['offerAuthority', 'acceptAuthority', 'takeOver', 'linkRed', 'linkGood'],
      ...Object.keys(surgery.actions),
    ];
    const anyStep = fc.record({
      who: fc.constantFrom<Walker>(...Object.values(person), planner, box, {
        accountId: 'third',
        as: ['as:operating_surgeon'],
      }),
      action: fc.constantFrom(...steps),
      to: fc.constantFrom('chief', 'local', 'second', 'third', 'proctor'),
      by: fc.constantFrom('third', 'local', 'chief'),
      ageMs: fc.constantFrom(150, 250, 350),
    });
    const inputOf = (
      walk: Walk,
      { action, to, by, ageMs }: { action: string; to: string; by: string; ageMs: number },
    ) => {
      const inputs: Record<string, object> = {
        reschedule: { scheduledAtMs: walk.atMs + 1, reason: 'x' },
        amendPlan: { takeoverPlan: { ...booking.takeoverPlan, who: to } },
        replaceMember: { accountId: to, by, remote: false, reason: 'x' },
        recordConsent: {
          reference: 'C-17',
          accountIds: walk.data.team.map(({ accountId }) => accountId),
        },
        openRoom: { boxId: null },
        rehearse: { measuredAtMs: walk.atMs, ...good, ageMs },
        offerAuthority: { to },
        confirmItem: { item: 'counts_complete', as: 'nurse' },
      };
      const needsReason = ['voteNoGo', 'declineAuthority', 'takeOver', 'abort'].includes(action);
      return inputs[action] ?? (needsReason ? { reason: 'x' } : {});
    };
    fc.assert(
      fc.property(fc.boolean(), fc.array(anyStep, { maxLength: 40 }), (fromTheTable, list) => {
        const walk = fromTheTable ? operating() : book();
        for (const each of list) {
          walk.take(each.who, each.action, inputOf(walk, each));
          walk.wait(1);
          const { data, state } = walk;
          expect(isSurgeon(data.team, data.authority.accountId)).toBe(true);
          const locals = data.team.filter(({ role, remote }) => role === 'local_surgeon' && !remote);
          expect(locals.length).toBeGreaterThan(0);
          expect(roleIn(data.team, data.takeoverPlan.who)).toBe('local_surgeon');
          expect(votersOf(data)).toHaveLength(2);
          if (state !== 'operating') expect(data.authority.accountId).toBe(data.takeoverPlan.who);
          if (data.link === 'red' && state === 'operating')
            expect(data.team.find(({ accountId }) => accountId === data.authority.accountId)?.remote).toBe(
              false,
            );
        }
      }),
      { numRuns: 150 },
    );
  });
});
