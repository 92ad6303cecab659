import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Urgency } from '../../../signaling/contract/index.ts';
import { CaseWalk, type Walker } from '../../testing/case-walk.ts';
import { turnaroundDueAtMs } from '../reading/reading-data.ts';
import { targetsOf } from '../workflow.ts';
import { reading } from './reading.ts';

const sender: Walker = { accountId: 'sender', as: ['requester', 'role:rural_doctor', 'home:rural_doctor'] };
const reader = (accountId: string): Walker => ({
  accountId,
  as: ['role:specialist', 'as:reader', 'as:second_reader'],
});
const [anna, bo, chief] = [reader('anna'), reader('bo-li'), reader('chief')];
const clock: Walker = { accountId: null, as: ['clock'] };

const study = {
  modality: 'ultrasound',
  bodyPart: 'breast',
  laterality: 'left',
  reason: '触及肿块',
  question: '性质？',
  examCaseId: null,
};
const images = [{ kind: 'attachment', attachmentId: 'file-1' }];
const read = { findings: '低回声结节', impression: 'BI-RADS 3', critical: false };

function sent(more: object = {}, urgency: Urgency = 'routine') {
  const walk = new CaseWalk(reading, sender, { ...study, ...more }, urgency);
  expect(walk.take(sender, 'submit', { images: [] })).toBe('invalid_message');
  expect(walk.take(sender, 'submit', { images })).toBe('waiting');
  return walk;
}
function firstRead() {
  const walk = sent({ secondReader: true });
  walk.take(anna, 'claim');
  expect(walk.take(anna, 'conclude', read)).toBe('awaiting_second');
  return walk;
}

describe('a study', () => {
  it('is one reader’s at a time: claimed, given back, or back by the clock', () => {
    const walk = sent();
    expect(walk.take(anna, 'claim')).toBe('reading');
    expect(walk.take(bo, 'claim')).toBe('out_of_order');
    expect(walk.take(bo, 'conclude', read)).toBe('forbidden');
    expect(walk.take(bo, 'release')).toBe('forbidden');
    expect(walk.take(anna, 'release')).toBe('waiting');
    walk.take(bo, 'claim');
    expect(walk.take(clock, 'expired')).toBe('waiting');
    expect(walk.data.holderId).toBeNull();
    expect(walk.take(bo, 'conclude', read)).toBe('out_of_order');
  });

  it('has one reader unless the rule or somebody asks for a second', () => {
    const alone = sent();
    alone.take(anna, 'claim');
    expect(alone.take(anna, 'conclude', read)).toBe('final');
    expect(alone.data.result).toMatchObject({ impression: 'BI-RADS 3', by: 'anna', confirmedBy: null });

    const asked = sent();
    asked.take(anna, 'claim');
    asked.take(sender, 'requestSecond');
    expect(asked.take(anna, 'conclude', read)).toBe('awaiting_second');
    const unsure = sent();
    unsure.take(anna, 'claim');
    expect(unsure.take(anna, 'conclude', { ...read, askSecond: true })).toBe('awaiting_second');

    const pathology = { modality: 'pathology' };
    expect(sent(pathology).data.secondReader).toBe('by_rule');
    expect(sent(pathology, 'emergency').data.secondReader).toBeNull();
  });

  it('is final when two agree; when not, a third decides who has not read it', () => {
    const agreed = firstRead();
    expect(agreed.data.result).toBeNull();
    expect(agreed.take(anna, 'claimSecond')).toBe('forbidden');
    agreed.take(bo, 'claimSecond');
    expect(agreed.take(bo, 'agree')).toBe('final');
    expect(agreed.data.result).toMatchObject({ by: 'anna', confirmedBy: 'bo-li' });

    const walk = firstRead();
    walk.take(bo, 'claimSecond');
    expect(walk.take(bo, 'disagree', read)).toBe('invalid_message');
    const other = { ...read, impression: 'BI-RADS 4a', reason: '边缘毛刺' };
    expect(walk.take(bo, 'disagree', other)).toBe('discrepant');
    for (const same of [anna, bo]) expect(walk.take(same, 'claimAdjudication')).toBe('forbidden');
    walk.take(chief, 'claimAdjudication');
    expect(walk.take(clock, 'expired')).toBe('discrepant');
    walk.take(chief, 'claimAdjudication');
    expect(walk.take(chief, 'adjudicate', { ...other, reason: '同意第二读者' })).toBe('final');
    expect(walk.data).toMatchObject({
      first: { by: 'anna' },
      second: { by: 'bo-li', reason: '边缘毛刺' },
      result: { by: 'chief', impression: 'BI-RADS 4a' },
    });
    expect(walk.take(sender, 'acknowledge')).toBe('closed');
  });

  it('goes back to its sender when nobody can read it, and is then read anew', () => {
    const walk = firstRead();
    walk.take(bo, 'claimSecond');
    expect(walk.take(bo, 'returnPictures', { why: 'ugly', note: 'x' })).toBe('invalid_message');
    expect(walk.take(bo, 'returnPictures', { why: 'wrong_side', note: '标注为右侧' })).toBe('returned');
    expect(walk.take(anna, 'claim')).toBe('out_of_order');
    expect(walk.take(sender, 'submit', { images })).toBe('waiting');
    expect(walk.data).toMatchObject({ first: null, returns: [{ why: 'wrong_side', by: 'bo-li' }] });
  });

  it('is owed from when it was sent, however often it was returned', () => {
    const walk = sent({}, 'urgent');
    const owed = turnaroundDueAtMs(walk.data, 'urgent');
    expect(owed).toBe(walk.atMs + 120 * 60_000);
    walk.take(anna, 'claim');
    walk.take(anna, 'returnPictures', { why: 'unsharp', note: 'x' });
    walk.wait(30);
    walk.take(sender, 'submit', { images });
    expect(turnaroundDueAtMs(walk.data, 'urgent')).toBe(owed);
    expect(turnaroundDueAtMs({ sentAtMs: null }, 'urgent')).toBeNull();
  });

  it('keeps what its reader made of a suggestion, once, and nothing else changes', () => {
    const walk = sent();
    const decision = { suggestionId: 'suggestion-1', decision: 'accepted' };
    expect(walk.take(anna, 'decideSuggestion', decision)).toBe('out_of_order');
    walk.take(anna, 'claim');
    const before = walk.data;
    expect(walk.take(bo, 'decideSuggestion', decision)).toBe('forbidden');
    expect(walk.take(anna, 'decideSuggestion', decision)).toBe('reading');
    expect(walk.take(anna, 'decideSuggestion', { ...decision, decision: 'rejected' })).toBe('conflict');
    expect({ ...walk.data, decisions: [] }).toEqual(before);
  });

  it('has a result only by people who had it in hand, whatever is done in whatever order', () => {
    const anyStep = fc.record({
      who: fc.constantFrom<Walker>(anna, bo, chief, sender, clock),
      action: fc.constantFrom(
        ...['claim', 'conclude', 'claimSecond', 'disagree', 'claimAdjudication', 'adjudicate'],
        ...Object.keys(reading.actions),
      ),
    });
    const inputs: Record<string, object> = {
      submit: { images },
      conclude: read,
      disagree: { ...read, reason: 'x' },
      adjudicate: { ...read, reason: 'x' },
      returnPictures: { why: 'unsharp', note: 'x' },
      decideSuggestion: { suggestionId: 'suggestion-1', decision: 'accepted' },
      makeStat: { reason: 'x' },
      cancel: { reason: 'x' },
    };
    fc.assert(
      fc.property(fc.boolean(), fc.array(anyStep, { maxLength: 60 }), (secondReader, steps) => {
        const walk = sent({ secondReader });
        for (const { who, action } of steps) {
          const { state: before, data } = walk;
          const went = walk.take(who, action, inputs[action] ?? {});
          if (went === walk.state && action in reading.actions)
            expect([before, ...targetsOf(reading.actions[action]!, before)]).toContain(walk.state);
          const { first, second, result, holderId } = walk.data;
          const isDone = walk.state === 'final' || walk.state === 'closed';
          expect(result !== null).toBe(isDone);
          if (result && data.result === null) expect(data.holderId).toBe(who.accountId);
          if (first && second) expect(first.by).not.toBe(second.by);
          if (isDone && secondReader) expect(second).not.toBeNull();
          expect(holderId !== null).toBe(['reading', 'second_reading', 'adjudicating'].includes(walk.state));
        }
      }),
      { numRuns: 300 },
    );
  });
});
