import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaseActor } from '../../../signaling/contract/index.ts';
import { CaseWalk, type Walker } from '../../testing/case-walk.ts';
import type { OutpatientData, OutpatientState } from '../outpatient/outpatient-data.ts';
import type { Workflow } from '../workflow.ts';
import { outpatient } from './outpatient.ts';

const staff = (accountId: string, role: 'nurse' | 'dispatcher' | 'pharmacist' | 'rural_doctor'): Walker => ({
  accountId,
  as: [`home:${role}`, `role:${role}`],
});
const nurse = staff('nurse', 'nurse');
const pharmacist = staff('pharmacist', 'pharmacist');
const requester: Walker = { accountId: 'wang', as: ['home:rural_doctor', 'role:rural_doctor', 'requester'] };
const doctor: Walker = { accountId: 'doctor', as: ['as:clinic_doctor', 'role:specialist'] };
const dispatcher: Walker = { accountId: 'far', as: ['role:dispatcher'] };
const patient: Walker = { accountId: null, as: ['patient'] };
const clock: Walker = { accountId: null, as: ['clock'] };
const box: Walker = { accountId: null, as: ['box'] };
const EVERYBODY = [nurse, pharmacist, requester, doctor, dispatcher, patient, clock, box];

const calm = { questionnaireId: null, redFlags: [], urgency: 'routine', specialty: null };
const alarm = {
  ...calm,
  urgency: 'emergency',
  redFlags: [{ id: 'stroke', severity: 'emergency', message: { zh: '中风', en: 'stroke' } }],
};
const HOUR = 3_600_000;
const at = Date.parse('2026-11-28T08:00:00Z');
const line = {
  ...{ medicine: '阿莫西林', strength: '0.25 g', dose: '2 粒', route: 'oral', frequency: 'tid', days: 7 },
  quantity: '42 粒',
};

/** Something that each step takes, with what the hub adds. */
const INPUTS: Record<string, unknown[]> = {
  answerTriage: [
    { answers: {}, outcome: calm, earlierCaseId: null },
    { answers: {}, outcome: alarm, earlierCaseId: null },
  ],
  answerPreConsult: [
    { answers: {}, outcome: calm, earlierCaseId: 'case' },
    { answers: {}, outcome: calm, earlierCaseId: null },
    { answers: {}, outcome: alarm, earlierCaseId: null },
  ],
  decideRedFlag: [
    { decision: 'go_on', reason: '已电话核实' },
    { decision: 'send_to_emergency', reason: '立即就医' },
  ],
  claimFirstVisit: [
    { statement: '去年在本院看过', attachmentIds: [], earlierCaseId: null },
    { statement: null, attachmentIds: [], earlierCaseId: 'case' },
    { statement: null, attachmentIds: [], earlierCaseId: null },
  ],
  refuseProof: [{ reason: '没有记录' }],
  book: [{ slotId: 'slot', slot: { doctorId: 'doctor', startsAtMs: at + HOUR, endsAtMs: at + 2 * HOUR } }],
  reschedule: [
    { slotId: 'later', slot: { doctorId: 'doctor', startsAtMs: at + 9 * HOUR, endsAtMs: at + 10 * HOUR } },
  ],
  checkIdentity: [
    { how: 'document', guardian: null, ageYears: 65 },
    { how: 'document', guardian: null, ageYears: 4 },
    { how: 'guardian_vouches', guardian: '李梅，母亲', ageYears: 4 },
  ],
  replaceDoctor: [{ doctorId: 'other', reason: '临时停诊' }],
  skip: [{ behind: 2 }, {}],
  writeNote: [{ text: '复诊，血压平稳' }],
  writePrescription: [{ lines: [line] }, { lines: [] }],
  sign: [{ feeFen: 1_500 }, { feeFen: 0 }],
  approve: [{ medicinesFen: 2_380 }, { medicinesFen: 0 }],
  returnPrescription: [{ reason: '剂量过大' }],
  settle: [
    { how: 'counter', receipt: null },
    { how: 'online', receipt: 'r1' },
  ],
  planFollowUp: [
    { afterDays: 14, instructions: '两周后复查血压' },
    { afterDays: null, instructions: null },
  ],
  wrongPatient: [{ reason: '身份证不符' }],
  reidentify: [{ patientId: 'right', reason: '核对身份证', earlierCaseId: null }],
  cancel: [{ reason: '不来了' }],
  emergency: [{ reason: '突发胸痛' }],
};
const inputsOf = (action: string): unknown[] => INPUTS[action] ?? [{}];

const ENDS = new Set(['cancel', 'emergency', 'noShow', 'wrongPatient']);

type Visit = CaseWalk<OutpatientState, OutpatientData>;
const opened = (): Visit => new CaseWalk(outpatient, requester, { reason: '高血压复诊' });
/** Takes steps that must all succeed. */
function go(visit: Visit, ...steps: [Walker, string, unknown?][]): Visit {
  for (const [who, action, input = inputsOf(action)[0]] of steps) {
    const outcome = visit.take(who, action, input);
    expect(Object.keys(outpatient.states), `${action}: ${outcome}`).toContain(outcome);
  }
  return visit;
}
const toBooked: [Walker, string, unknown?][] = [
  [patient, 'answerTriage'],
  [patient, 'answerPreConsult'],
  [patient, 'book'],
];
const toVisit: [Walker, string, unknown?][] = [
  ...toBooked,
  [patient, 'checkIn'],
  [nurse, 'checkIdentity'],
  [doctor, 'call'],
  [doctor, 'begin'],
];

describe('a remote visit', () => {
  it('goes from the link to the follow-up, with a prescription that comes back once', () => {
    const visit = go(
      opened(),
      ...toVisit,
      [doctor, 'writeNote'],
      [doctor, 'writePrescription'],
      [doctor, 'endVisit'],
      [doctor, 'sign'],
    );
    expect(visit.state).toBe('pharmacy');
    go(visit, [pharmacist, 'returnPrescription']);
    expect(visit.data).toMatchObject({ signed: null, pharmacy: { approved: false, reason: '剂量过大' } });
    go(visit, [doctor, 'writePrescription'], [doctor, 'sign'], [pharmacist, 'approve']);
    expect(visit.state).toBe('payment');
    expect(visit.take(nurse, 'settle', { how: 'online', receipt: 'r' })).toBe('forbidden');
    go(visit, [clock, 'settle', { how: 'online', receipt: 'r1' }], [doctor, 'planFollowUp']);
    expect(visit.state).toBe('closed');
    expect(visit.data).toMatchObject({
      feeFen: { visit: 1_500, medicines: 2_380 },
      payment: { how: 'online', receipt: 'r1' },
      followUp: { afterDays: 14 },
    });
  });

  it('skips pharmacy and counter when there is nothing for them', () => {
    const visit = go(opened(), ...toVisit, [doctor, 'writeNote'], [doctor, 'endVisit']);
    expect(visit.take(doctor, 'sign', { feeFen: 0 })).toBe('follow_up');
  });

  it('stops at a red flag until a person has decided, and calls for more when nobody looks', () => {
    const visit = opened();
    expect(visit.take(patient, 'answerTriage', inputsOf('answerTriage')[1])).toBe('red_flag');
    expect(outpatient.states.red_flag.dueMinutes).toEqual({ routine: 2, urgent: 2, emergency: 2 });
    for (const action of ['cancel', 'answerPreConsult', 'decideRedFlag'])
      expect(visit.take(patient, action, inputsOf(action)[0])).toMatch(/^(out_of_order|forbidden)$/);
    expect(visit.take(clock, 'expired')).toBe('red_flag_overdue');
    expect(visit.take(clock, 'expired')).toBe('red_flag_overdue');
    expect(visit.take(dispatcher, 'decideRedFlag', inputsOf('decideRedFlag')[0])).toBe('pre_consult');
    expect(visit.data.redFlagDecision).toMatchObject({ decision: 'go_on', by: 'far' });

    const worse = go(opened(), [patient, 'answerTriage', inputsOf('answerTriage')[1]]);
    expect(worse.take(nurse, 'decideRedFlag', inputsOf('decideRedFlag')[1])).toBe('sent_to_emergency');
    const consult = go(opened(), [patient, 'answerTriage', inputsOf('answerTriage')[1]]);
    expect(consult.take(nurse, 'emergency', { reason: '中风' })).toBe('became_consult');
  });

  it('books nobody online who was never seen', () => {
    const visit = go(
      opened(),
      [patient, 'answerTriage'],
      [patient, 'answerPreConsult', inputsOf('answerPreConsult')[1]],
    );
    expect(visit.take(patient, 'book', inputsOf('book')[0])).toBe('out_of_order');
    expect(visit.take(patient, 'claimFirstVisit', inputsOf('claimFirstVisit')[2])).toBe('out_of_order');
    go(visit, [patient, 'claimFirstVisit']);
    expect(visit.state).toBe('proof_check');
    expect(visit.take(patient, 'acceptProof')).toBe('forbidden');
    go(visit, [nurse, 'refuseProof'], [patient, 'claimFirstVisit'], [nurse, 'acceptProof']);
    expect(visit.data.proof).toMatchObject({ kind: 'checked_by_staff', by: 'nurse' });
    expect(visit.take(patient, 'book', inputsOf('book')[0])).toBe('booked');
  });

  it('lets nobody check in the day before, nor a small child be seen alone', () => {
    const early = go(opened(), ...toBooked);
    go(early, [patient, 'reschedule']);
    expect(early.take(patient, 'checkIn')).toBe('out_of_order');
    early.wait(7 * 60);
    go(early, [patient, 'checkIn']);
    expect(early.take(nurse, 'checkIdentity', inputsOf('checkIdentity')[1])).toBe('out_of_order');
    go(early, [nurse, 'checkIdentity', inputsOf('checkIdentity')[2]]);
    expect(early.data.identity?.guardian).toBe('李梅，母亲');
  });

  it('writes nothing about somebody whose identity nobody has checked', () => {
    const visit = go(opened(), ...toVisit.filter(([, action]) => action !== 'checkIdentity'));
    for (const action of ['writeNote', 'writePrescription', 'endVisit'])
      expect(visit.take(doctor, action, inputsOf(action)[0])).toBe('out_of_order');
    go(visit, [doctor, 'checkIdentity'], [doctor, 'writeNote'], [doctor, 'endVisit'], [doctor, 'sign']);
  });

  it('gives a patient who does not hear three calls, and takes who comes late back', () => {
    const visit = go(opened(), ...toBooked, [patient, 'checkIn'], [doctor, 'call']);
    expect(visit.take(clock, 'expired')).toBe('waiting');
    go(visit, [doctor, 'call'], [doctor, 'callAgain']);
    expect(visit.take(doctor, 'missed')).toBe('waiting');
    go(visit, [doctor, 'call']);
    expect(visit.take(clock, 'expired')).toBe('no_show');
    expect(visit.take(patient, 'recall')).toBe('forbidden');
    expect(visit.take(nurse, 'recall')).toBe('waiting');
    expect(visit.data.missedCalls).toBe(0);
    const absent = go(opened(), ...toBooked);
    expect(absent.take(clock, 'expired')).toBe('no_show');
  });

  it('keeps apart what was written of the wrong patient, and goes on as the right one’s', () => {
    const visit = go(opened(), ...toVisit, [doctor, 'writeNote'], [doctor, 'writePrescription']);
    go(visit, [doctor, 'wrongPatient']);
    expect(visit.state).toBe('frozen');
    for (const action of ['writeNote', 'sign', 'endVisit', 'call'])
      expect(visit.take(doctor, action, inputsOf(action)[0])).toBe('out_of_order');
    go(visit, [doctor, 'reidentify']);
    expect(visit).toMatchObject({
      state: 'waiting',
      data: { note: null, prescription: null, identity: null },
    });
    expect(visit.data.quarantined).toMatchObject([{ note: { text: '复诊，血压平稳' } }]);
  });

  it('lets no pharmacist approve what they signed themselves', () => {
    const both: Walker = { accountId: 'doctor', as: ['as:clinic_doctor', 'home:pharmacist'] };
    const visit = go(opened(), ...toVisit, [doctor, 'writeNote'], [doctor, 'writePrescription']);
    go(visit, [doctor, 'endVisit'], [doctor, 'sign']);
    expect(visit.take(both, 'approve', inputsOf('approve')[0])).toBe('forbidden');
  });

  it('whatever anybody tries in whatever order: only a doctor prescribes, nothing happens to the closed, red flags stay', () => {
    const names = Object.keys(outpatient.actions);
    const attempt = fc.record({
      anybody: fc.constantFrom(...EVERYBODY),
      pick: fc.nat(),
      fits: fc.integer({ min: 0, max: 3 }),
      input: fc.nat(),
      minutes: fc.nat({ max: 60 }),
    });
    const reached = new Set<string>();
    const isRed = (state: string) => state.startsWith('red_flag');
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 40, maxLength: 80 }), (attempts) => {
        const visit = opened();
        for (const { anybody, pick, fits, input, minutes } of attempts) {
          visit.wait(minutes);
          const [from, before] = [visit.state, visit.data];
          // Three of four are possible here, and seldom an end; or nobody got far.
          const possible = names.filter(
            (name) =>
              fits > 0 && (fits > 2 || !ENDS.has(name)) && outpatient.actions[name]?.from.includes(from),
          );
          const some = possible.length > 0 ? possible : names;
          const action = some[pick % some.length]!;
          const able = EVERYBODY.filter(({ as }) =>
            outpatient.actions[action]?.by.some((by) => as.includes(by)),
          );
          const who = (fits > 0 && able[input % able.length]) || anybody;
          const inputs = inputsOf(action);
          const outcome = visit.take(who, action, inputs[input % inputs.length]);
          reached.add(visit.state);
          const isRefused = !Object.hasOwn(outpatient.states, outcome);
          const isClosed = (outpatient as Workflow).states[from]?.closed === true;
          const wrong = [
            !Object.hasOwn(outpatient.states, visit.state) && 'undeclared state',
            isRefused && (visit.state !== from || visit.data !== before) && 'changed by what was refused',
            visit.data.prescription && visit.data.prescription.by !== 'doctor' && 'prescribed by another',
            visit.data.signed && visit.data.signed.by !== 'doctor' && 'signed by another',
            isClosed && !isRefused && action !== 'recall' && 'closed, and went on',
            isRed(from) && !isRed(visit.state) && [patient, clock].includes(who) && 'red flag taken down',
            visit.state === 'booked' && !visit.data.proof && 'a first visit was booked',
          ].filter(Boolean);
          expect(wrong, `${from}: ${action} by ${who.as.join()}`).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
    // Far enough for this to mean something.
    expect(reached.size).toBeGreaterThan(12);
  });

  it('is nothing that a stranger may look at', () => {
    const known = outpatient.visibleTo as readonly CaseActor[];
    for (const actor of ['role:specialist', 'role:observer', 'home:observer', 'role:administrator'] as const)
      expect(known).not.toContain(actor);
  });
});
