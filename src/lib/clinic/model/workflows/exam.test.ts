import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaseWalk, type Walker } from '../../testing/case-walk.ts';
import { BODY_PARTS, sidesOf } from '../exam/body-parts.ts';
import { countsAt, standingAt } from '../exam/identification.ts';
import { targetsOf } from '../workflow.ts';
import { capturesCount, exam } from './exam.ts';

const doctor: Walker = { accountId: 'doctor', as: ['requester', 'role:rural_doctor', 'home:rural_doctor'] };
const probe: Walker = { accountId: 'probe', as: ['home:sonographer', 'as:sonographer'] };
const expert: Walker = { accountId: 'expert', as: ['as:expert'] };
const box: Walker = { accountId: null, as: ['box'] };

const order = {
  modality: 'ultrasound',
  bodyPart: 'kidney',
  laterality: 'left',
  reason: '左侧腰痛三天',
  question: '有无结石或积水？',
};
const selfTest = (status: 'ok' | 'warn' | 'fail') => ({
  startedAtMs: 0,
  tookMs: 900,
  status,
  checks: [
    {
      subject: { kind: 'video', slot: 'probe', label: '探头' },
      status,
      finding: status === 'ok' ? 'ok' : 'no-picture',
      words: { zh: '', en: '' },
    },
  ],
});
const ordered = (more: object = {}) => new CaseWalk(exam, doctor, { ...order, ...more });
const sure = { name: '张桂华', laterality: 'left', person: 'same' };

function inRoom() {
  const walk = ordered();
  walk.take(doctor, 'assignExpert', { accountId: 'expert' });
  walk.take(probe, 'prepare', { items: [] });
  walk.take(probe, 'attachBox', { boxId: 'box-1', selfTest: selfTest('ok') });
  expect(walk.take(probe, 'openRoom')).toBe('identifying');
  return walk;
}
function examining() {
  const walk = inRoom();
  walk.take(probe, 'confirmAtBedside', sure);
  expect(walk.take(expert, 'confirmFarEnd', sure)).toBe('examining');
  return walk;
}

interface AnyStep {
  who: Walker;
  action: string;
  laterality: string;
  person: string;
  earlierPictures: string;
  status: 'ok' | 'fail';
}

describe('an order', () => {
  it('names a side where the part has two, and none where it has not', () => {
    for (const bad of [
      { laterality: 'none' },
      { bodyPart: 'thyroid' },
      { bodyPart: 'toString', laterality: 'none' },
      { modality: 'ecg', bodyPart: 'kidney' },
    ])
      expect(() => ordered(bad)).toThrow(/side|does not look/);
    expect(ordered({ bodyPart: 'thyroid', laterality: 'none' }).state).toBe('ordered');
    for (const [modality, parts] of Object.entries(BODY_PARTS))
      for (const part of Object.keys(parts)) expect(sidesOf(modality as never, part)).not.toEqual([]);
  });

  it('is prepared item by item: what is not met needs a reason', () => {
    const walk = ordered({ bodyPart: 'bladder', laterality: 'none', preparation: ['fasting_8_hours'] });
    expect(walk.take(probe, 'prepare', { items: [] })).toBe('out_of_order');
    const full = { item: 'full_bladder', met: true };
    const fasting = { item: 'fasting_8_hours', met: false };
    expect(walk.take(probe, 'prepare', { items: [full, fasting] })).toBe('out_of_order');
    const waived = { ...fasting, waivedBecause: '急诊' };
    expect(walk.take(probe, 'prepare', { items: [full, waived] })).toBe('prepared');
    expect(walk.data.preparation.map(({ item, seen }) => [item, seen?.met])).toEqual([
      ['full_bladder', true],
      ['fasting_8_hours', false],
    ]);
  });

  it('waits with its reason while the box fails its test, and has no room without an expert', () => {
    const walk = ordered();
    walk.take(probe, 'prepare', { items: [] });
    expect(walk.take(probe, 'attachBox', { boxId: 'box-1', selfTest: selfTest('fail') })).toBe('prepared');
    expect(walk.data).toMatchObject({ boxId: null, selfTest: { status: 'fail', findings: ['no-picture'] } });
    expect(walk.take(probe, 'openRoom')).toBe('out_of_order');
    expect(walk.take(probe, 'attachBox', { boxId: 'box-1', selfTest: selfTest('warn') })).toBe('ready');
    expect(walk.take(probe, 'openRoom')).toBe('out_of_order');
    walk.take(doctor, 'assignExpert', { accountId: 'expert' });
    expect(walk.take(probe, 'openRoom')).toBe('identifying');
  });
});

describe('pictures', () => {
  it('count once both ends have confirmed, whichever is first', () => {
    const walk = inRoom();
    expect(walk.take(expert, 'confirmFarEnd', sure)).toBe('identifying');
    expect(capturesCount(walk.data)).toBe(false);
    expect(walk.take(probe, 'addFindings', { text: 'x' })).toBe('out_of_order');
    expect(walk.take(box, 'confirmAtBedside', sure)).toBe('examining');
    expect(capturesCount(walk.data)).toBe(true);
    walk.wait(5);
    walk.take(expert, 'finish');
    const { identification } = walk.data;
    expect(capturesCount(walk.data)).toBe(false);
    expect(countsAt(identification, walk.atMs - 60_000)).toBe(true);
    expect(countsAt(identification, walk.atMs)).toBe(false);
    expect(countsAt(identification, walk.atMs - 6 * 60_000)).toBe(false);
  });

  it('stop for the wrong side and for the wrong patient, and wait for somebody to decide', () => {
    for (const [wrong, why] of [
      [{ ...sure, laterality: 'right' }, 'wrong_side'],
      [{ ...sure, person: 'other' }, 'wrong_patient'],
    ] as const) {
      const walk = examining();
      walk.wait(3);
      expect(walk.take(expert, 'confirmFarEnd', wrong)).toBe('frozen');
      expect(walk.data.identification).toMatchObject({ mismatch: why, bedside: null, farEnd: null });
      expect(capturesCount(walk.data)).toBe(false);
      expect(standingAt(walk.data.identification, walk.atMs - 60_000)).toBe('quarantined');
      expect(standingAt(walk.data.identification, 0)).toBe('uncounted');
      for (const step of ['confirmFarEnd', 'finish', 'addFindings', 'openRoom'])
        expect(walk.take(expert, step, sure)).toMatch(/out_of_order|forbidden/);
      const kept = new CaseWalk(exam, doctor, order);
      Object.assign(kept, { state: walk.state, data: walk.data, atMs: walk.atMs });
      expect(kept.take(probe, 'reidentify', { earlierPictures: 'counted', reason: '同一人' })).toBe(
        'identifying',
      );
      expect(countsAt(kept.data.identification, kept.atMs - 60_000)).toBe(true);
      walk.take(probe, 'reidentify', { earlierPictures: 'void', reason: '前一位患者' });
      expect(walk.data.identification.periods).toMatchObject([{ standing: 'void' }]);
      walk.take(probe, 'confirmAtBedside', sure);
      expect(walk.take(expert, 'confirmFarEnd', sure)).toBe('examining');
    }
  });

  it('need both ends again when the side changes, the box is lost or the expert is another', () => {
    const side = examining();
    expect(side.take(probe, 'changeSide', { laterality: 'none', reason: 'x' })).toBe('invalid_message');
    expect(side.take(probe, 'changeSide', { laterality: 'right', reason: '医嘱更正' })).toBe('identifying');
    expect(capturesCount(side.data)).toBe(false);
    side.take(probe, 'changeSide', { laterality: 'left', reason: '又改回来' });
    expect(capturesCount(side.data)).toBe(false);
    side.take(probe, 'changeSide', { laterality: 'right', reason: '医嘱更正' });
    expect(side.data.identification.periods).toMatchObject([{ untilMs: side.atMs, standing: 'counted' }]);
    expect(side.take(probe, 'confirmAtBedside', { ...sure, laterality: 'right' })).toBe('identifying');
    expect(side.take(expert, 'confirmFarEnd', sure)).toBe('frozen');

    const lost = examining();
    expect(lost.take(box, 'boxLost', { reason: '断网' })).toBe('prepared');
    expect(lost.data).toMatchObject({ boxId: null });
    expect(capturesCount(lost.data)).toBe(false);

    const dropped = examining();
    expect(dropped.take(expert, 'dropExpert', { reason: '急诊手术' })).toBe('identifying');
    expect(capturesCount(dropped.data)).toBe(false);
    expect(dropped.data.identification.bedside).not.toBeNull();
    dropped.take(doctor, 'assignExpert', { accountId: 'another' });
    expect(dropped.take({ accountId: 'another', as: ['as:expert'] }, 'confirmFarEnd', sure)).toBe(
      'examining',
    );
  });

  it('count only while the case is being examined, whatever is done in whatever order', () => {
    const anyStep: fc.Arbitrary<AnyStep> = fc.record({
      who: fc.constantFrom(doctor, probe, expert, box),
      action: fc.constantFrom(...Object.keys(exam.actions)),
      laterality: fc.constantFrom('left', 'right', 'both'),
      person: fc.constantFrom('same', 'same', 'same', 'other', 'unknown'),
      earlierPictures: fc.constantFrom('counted', 'void'),
      status: fc.constantFrom('ok', 'fail'),
    });
    const inputOf = ({ action, laterality, person, earlierPictures, status }: AnyStep): object => {
      const inputs: Record<string, object> = {
        schedule: { atMs: 1e14 },
        assignExpert: { accountId: 'expert' },
        prepare: { items: [] },
        attachBox: { boxId: 'box-1', selfTest: selfTest(status) },
        confirmAtBedside: { name: 'x', laterality, person },
        confirmFarEnd: { name: 'x', laterality, person },
        changeSide: { laterality, reason: 'x' },
        reidentify: { earlierPictures, reason: 'x' },
        addFindings: { text: 'x' },
      };
      const needsReason = ['dropExpert', 'voidOrder', 'boxLost', 'cancel', 'noShow', 'emergency'];
      return inputs[action] ?? (needsReason.includes(action) ? { reason: 'x' } : {});
    };
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const walk = [ordered, inRoom, examining][steps.length % 3]!();
        for (const each of steps) {
          const before = walk.state;
          const went = walk.take(each.who, each.action, inputOf(each));
          if (went === walk.state && before !== walk.state)
            expect(targetsOf(exam.actions[each.action]!, before)).toContain(walk.state);
          walk.wait(1);
          const { identification } = walk.data;
          expect(capturesCount(walk.data)).toBe(walk.state === 'examining');
          if (capturesCount(walk.data)) {
            expect(identification.bedside?.laterality).toBe(identification.laterality);
            expect(identification.farEnd?.laterality).toBe(identification.laterality);
          }
          expect(identification.periods.filter(({ untilMs }) => untilMs === null)).toHaveLength(
            walk.state === 'examining' ? 1 : 0,
          );
          if (walk.state === 'frozen' || walk.state === 'voided')
            expect(identification.periods.every(({ standing }) => standing !== 'counted')).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
