import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type AccountPrincipal, type Principal } from '../../identity/index.ts';
import { ACCOUNT_ROLES, CASE_KINDS, type AccountRole } from '../../signaling/contract/index.ts';
import { caseParticipant, clinicalCase } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { PEOPLE_ACCESS, type PeopleAction } from './access.ts';
import { CasePatients } from './case-patients.ts';
import type { People } from './index.ts';
import { plainWorkflows } from './testing/plain-workflows.ts';

let world: ClinicWorld;
let people: People;
beforeAll(async () => {
  world = await startClinicWorld();
  people = world.clinic.people;
});
afterAll(() => world.stop());

const TREATS = ['rural_doctor', 'specialist', 'sonographer', 'surgeon', 'nurse', 'dispatcher'];
const described = {
  realName: '王丽',
  licenceNumber: null,
  title: '医师',
  specialties: [],
  departmentId: null,
};

/** Every public call, by what it needs. None of them finds anything to change: whoever may do it gets that far. */
const CALLS: Record<PeopleAction, ((who: Principal) => Promise<unknown>)[]> = {
  'patient.register': [(who) => people.patients.register(who, {})],
  'patient.read': [
    (who) => people.patients.get(who, world.patientId),
    (who) => people.patients.recent(who),
    (who) => people.search.find(who, '张'),
    (who) => people.lookAlikes.ofNew(who, { name: '张' }),
    (who) => people.lookAlikes.of(who, world.patientId),
  ],
  'patient.change': [(who) => people.patients.update(who, world.patientId, { nothing: 1 })],
  'patient.merge': [
    (who) => people.lookAlikes.list(who),
    (who) => people.merges.merge(who, { keptId: world.patientId, mergedId: 'nobody' }),
    (who) => people.merges.undo(who, 'nothing'),
    (who) => people.merges.list(who, world.patientId),
  ],
  'department.manage': [
    (who) => people.departments.add(who, ''),
    (who) => people.departments.rename(who, 'none', '内科'),
  ],
  'department.read': [(who) => people.departments.list(who)],
  'practitioner.manage': [
    (who) => people.practitioners.describe(who, 'nobody', { ...described, introduction: null }),
  ],
  'practitioner.introduce_self': [(who) => people.practitioners.introduceSelf(who, '')],
  'practitioner.read': [
    (who) => people.practitioners.find(who),
    (who) => people.practitioners.get(who, 'nobody'),
  ],
};

describe.each(ACCOUNT_ROLES)('%s', (role) => {
  it.each(Object.keys(CALLS) as PeopleAction[])('%s', async (action) => {
    const allowed: readonly AccountRole[] = PEOPLE_ACCESS[action];
    for (const call of CALLS[action])
      if (allowed.includes(role)) expect(await outcome(call(world.person(role)))).not.toBe('forbidden');
      else expect(await outcome(call(world.person(role)))).toBe('forbidden');
  });
});

it('patients are read by those who treat them, and not by the administrator', () => {
  for (const action of ['patient.register', 'patient.read', 'patient.change', 'patient.merge'] as const)
    expect([...PEOPLE_ACCESS[action]].sort()).toEqual([...TREATS].sort());
  expect(PEOPLE_ACCESS['practitioner.manage']).toEqual(['administrator']);
  expect(PEOPLE_ACCESS['department.manage']).toEqual(['administrator']);
});

it('boxes, guests, devices and patients may do none of it', async () => {
  const others: Principal[] = [
    { kind: 'box', principalId: 'b_1', boxId: '1', name: '盒', institutionId: 'county' },
    {
      kind: 'guest',
      principalId: 'g_1',
      invitationId: '1',
      name: '客',
      roomId: 'room',
      role: 'observer',
      expiresAtMs: Infinity,
    },
    {
      kind: 'patient',
      principalId: 'p_1',
      patientId: world.patientId,
      caseId: 'case',
      name: '张*华',
      expiresAtMs: Infinity,
    },
  ];
  for (const who of others)
    for (const call of Object.values(CALLS).flat()) expect(await outcome(call(who))).toBe('forbidden');
});

describe('the patient of a case', () => {
  let ofCases: CasePatients;
  let caseId: string;
  let otherCaseId: string;
  beforeAll(async () => {
    const now = () => world.clock.nowMs;
    ofCases = new CasePatients({ db: world.db, workflows: plainWorkflows(), now });
    const patientId = await world.addPatient('county', { idMasked: '5329**********0428' });
    [caseId, otherCaseId] = [newId(), newId()];
    await world.db.insert(clinicalCase).values(
      [caseId, otherCaseId].map((id) => ({
        id,
        kind: CASE_KINDS[0],
        state: 'open',
        urgency: 'routine' as const,
        patientId,
        institutionId: 'county',
        guestInstitutionId: 'city',
        requestedBy: world.person('interpreter').accountId,
        data: {},
        version: 1,
      })),
    );
    await world.db
      .insert(caseParticipant)
      .values({ caseId, accountId: world.person('specialist', 'city').accountId, function: 'specialist' });
  });

  const whole = {
    name: '张桂华',
    masked: false,
    sex: 'female',
    ageYears: 65,
    idMasked: '5329**********0428',
  };
  const masked = { ...whole, name: '张*华', masked: true };

  it('is whole for who takes part, asked, or treats patients there; masked for who only chooses', async () => {
    const seen = async (who: AccountPrincipal) => ofCases.ofCase(who, caseId);
    expect(await seen(world.person('rural_doctor'))).toMatchObject(whole);
    expect(await seen(world.person('interpreter'))).toMatchObject(whole);
    expect(await seen(world.person('specialist', 'city'))).toMatchObject(whole);
    expect(await seen(world.person('dispatcher'))).toMatchObject(whole);
    expect(await seen(world.person('dispatcher', 'city'))).toMatchObject(masked);
    expect(await seen(world.person('dispatcher', 'elsewhere'))).toMatchObject(masked);
    // May read the case, but treats nobody.
    expect(await seen(world.person('pharmacist'))).toMatchObject(masked);
  });

  it('is unknown to everybody else, of the guest institution too, and in every other case', async () => {
    for (const role of ACCOUNT_ROLES.filter((each) => each !== 'dispatcher'))
      for (const at of ['city', 'elsewhere'] as const) {
        const who = world.person(role, at);
        if (role === 'specialist' && at === 'city') continue;
        expect(await outcome(ofCases.ofCase(who, caseId)), `${role} of ${at}`).toBe('not_found');
      }
    for (const role of ['administrator', 'observer', 'nurse'] as const)
      expect(await outcome(ofCases.ofCase(world.person(role), caseId))).toBe('not_found');
    const specialist = world.person('specialist', 'city');
    expect(await outcome(ofCases.ofCase(specialist, otherCaseId))).toBe('not_found');
    const listed = await ofCases.ofCases(specialist, [caseId, otherCaseId, 'nothing']);
    expect([...listed.keys()]).toEqual([caseId]);
    expect(await ofCases.ofCases(specialist, [])).toEqual(new Map());
  });

  it('is shown to the patient in the link’s own case only, and to no box', async () => {
    const patient: Principal = {
      kind: 'patient',
      principalId: 'p_1',
      patientId: world.patientId,
      caseId,
      name: '张*华',
      expiresAtMs: Infinity,
    };
    expect(await ofCases.ofCase(patient, caseId)).toMatchObject(whole);
    expect(await outcome(ofCases.ofCase(patient, otherCaseId))).toBe('not_found');
    const box: Principal = {
      kind: 'box',
      principalId: 'b_1',
      boxId: '1',
      name: '盒',
      institutionId: 'county',
    };
    expect(await outcome(ofCases.ofCase(box, caseId))).toBe('not_found');
  });
});
