import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patient } from '../../storage/index.ts';
import { residentIdCheck, type NewPatient, type PatientChange } from '../model/people/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import type { People } from './index.ts';

let world: ClinicWorld;
let people: People;
beforeAll(async () => {
  world = await startClinicWorld();
  people = world.clinic.people;
});
afterAll(() => world.stop());

const doctor = () => world.person('rural_doctor');
const register = (input: NewPatient, who = doctor()) => people.patients.register(who, input);
const find = async (text: string, who = doctor()) =>
  (await people.search.find(who, text)).map(({ name }) => name);

const RESIDENT_ID = '11010519491231002X';

describe('a registered patient', () => {
  it('is kept without the number of the document', async () => {
    const made = await register({
      name: '周秀兰',
      idKind: 'resident_id',
      idNumber: RESIDENT_ID.toLowerCase(),
    });
    expect(made).toEqual({
      patientId: made.patientId,
      institutionId: 'county',
      name: '周秀兰',
      sex: 'female',
      birthDate: '1949-12-31',
      idKind: 'resident_id',
      idMasked: '1101**********002X',
      phone: null,
      guardian: null,
      mergedInto: null,
      createdAtMs: world.clock.nowMs,
      updatedAtMs: world.clock.nowMs,
    });
    const rows = await world.db.select().from(patient);
    expect(JSON.stringify(rows)).not.toContain(RESIDENT_ID.slice(4, 14));
    expect(await people.patients.get(doctor(), made.patientId)).toEqual(made);
  });

  it('is refused with the reasons, and never with the number, when something is wrong', async () => {
    const before = await world.db.select().from(patient);
    for (const [input, reason] of [
      [{ name: '周', idKind: 'resident_id', idNumber: '110105194912310021' }, 'document_checksum'],
      [{ name: '周', idKind: 'resident_id', idNumber: RESIDENT_ID, sex: 'male' }, 'sex_differs'],
      [{ name: '周', birthDate: '2024-05-01' }, 'guardian_missing'],
      [{ name: '周', idKind: 'passport' }, 'document_number_missing'],
    ] as [NewPatient, string][]) {
      const error = await register(input).catch((caught: Error) => caught);
      expect(error).toMatchObject({ code: 'invalid_message', message: reason });
    }
    expect(await outcome(register({ name: '' }))).toBe('invalid_message');
    expect(await world.db.select().from(patient)).toHaveLength(before.length);
  });

  it('keeps HTML as it was typed', async () => {
    const { name } = await register({ name: '<img src=x onerror=alert(1)>' });
    expect(name).toBe('<img src=x onerror=alert(1)>');
    expect(await find('<img')).toEqual([name]);
  });

  it('is nobody’s of another institution', async () => {
    const { patientId } = await register({ name: '马文' });
    const guest = world.person('specialist', 'city');
    expect(await outcome(people.patients.get(guest, patientId))).toBe('not_found');
    expect(await outcome(people.patients.update(guest, patientId, { name: '牛' }))).toBe('not_found');
    expect(await outcome(people.lookAlikes.of(guest, patientId))).toBe('not_found');
    expect(await find('马文', guest)).toEqual([]);
    expect((await people.patients.recent(guest)).map((each) => each.name)).not.toContain('马文');
  });
});

describe('a change', () => {
  const change = (patientId: string, to: PatientChange) => people.patients.update(doctor(), patientId, to);

  it('leaves what it does not name, and is found by the new name', async () => {
    const made = await register({ name: '钱丰', phone: '13900001111', sex: 'male' });
    world.clock.nowMs += 1_000;
    const changed = await change(made.patientId, { name: '钱枫' });
    expect(changed).toEqual({ ...made, name: '钱枫', updatedAtMs: world.clock.nowMs });
    expect(await find('qianfeng')).toEqual(['钱枫']);
    expect(await find('钱丰')).toEqual([]);
    expect(await people.patients.recent(doctor(), { limit: 100 })).toContainEqual(changed);
  });

  it('gives a document later, which then says birth date and sex', async () => {
    const { patientId } = await register({ name: '孔明', birthDate: '1950-01-01', sex: 'male' });
    const document = { kind: 'resident_id', number: RESIDENT_ID } as const;
    expect(await outcome(change(patientId, { document, sex: 'male' }))).toBe('invalid_message');
    expect(await change(patientId, { document })).toMatchObject({ birthDate: '1949-12-31', sex: 'female' });
    for (const wrong of [{ sex: 'male' }, { birthDate: '1950-01-01' }, { birthDate: null }] as const)
      expect(await outcome(change(patientId, wrong))).toBe('invalid_message');
    expect(await change(patientId, { sex: 'female', phone: '0872-2212345' })).toMatchObject({
      phone: '08722212345',
    });
    expect(await change(patientId, { document: { kind: 'none', number: null } })).toMatchObject({
      idKind: 'none',
      idMasked: null,
      birthDate: '1949-12-31',
    });
  });

  it('cannot take a small child’s guardian away', async () => {
    const guardian = { name: '陶芳', relation: '母亲', phone: null };
    const { patientId } = await register({ name: '陶小宝', birthDate: '2023-02-03', guardian });
    expect(await outcome(change(patientId, { guardian: null }))).toBe('invalid_message');
    expect(await change(patientId, { birthDate: '2013-02-03', guardian: null })).toMatchObject({
      guardian: null,
    });
  });
});

describe('search', () => {
  beforeAll(async () => {
    await register({ name: '单小明', phone: '13872129876' });
    await register({ name: '解丽' });
    await register({ name: '曾乐', idKind: 'passport', idNumber: 'E1234567X' });
    await register({ name: '吕秀英', phone: '+852 2345 9876' });
    await register({ name: 'Jane Smith' });
  });

  it.each([
    ['张', '张桂华'],
    ['zhangg', '张桂华'],
    ['Zhāng Guì', '张桂华'],
    ['ZGH', '张桂华'],
    ['张gui', '张桂华'],
    ['shanx', '单小明'],
    ['danx', '单小明'],
    ['dxm', '单小明'],
    ['sxm', '单小明'],
    ['jieli', '解丽'],
    ['zengyue', '曾乐'],
    ['zengle', '曾乐'],
    ['lüxiu', '吕秀英'],
    ['luxiu', '吕秀英'],
    ['lyuxiu', '吕秀英'],
    ['smith', undefined],
    ['jane s', 'Jane Smith'],
    ['js', 'Jane Smith'],
    ['138 7212 9876', '单小明'],
    ['+86 13872129876', '单小明'],
    ['2129876', '单小明'],
    ['e 1234567x', '曾乐'],
    ['E1234567', undefined],
    ['', undefined],
    ['%', undefined],
    ['_', undefined],
    ['\\', undefined],
    ['12', undefined],
    ["' OR true --", undefined],
    ['\0', undefined],
    ['张'.repeat(65), undefined],
  ])('%j finds %s', async (text, name) => {
    const found = await find(text);
    if (name === undefined) expect(found).toEqual([]);
    else expect(found).toContain(name);
  });

  it('finds by the last digits all that have them, and nobody by a reading that another has', async () => {
    expect((await find('9876')).sort()).toEqual(['单小明', '吕秀英'].sort());
    await register({ name: '山丹' });
    expect(await find('dand')).toEqual([]);
    expect(await find('shand')).toEqual(['山丹']);
  });

  it('puts the whole name first, and never answers more than twenty', async () => {
    for (let number = 0; number < 25; number += 1)
      await register({ name: `冯天${'一二三四五'[number % 5]}` });
    await register({ name: '冯天' });
    for (let number = 0; number < 25; number += 1) {
      world.clock.nowMs += 1;
      await register({ name: '冯天明' });
    }
    const found = await find('冯天');
    expect(found).toHaveLength(20);
    expect(found[0]).toBe('冯天');
  });
});

describe('look-alikes', () => {
  it('are shown with the reason before a patient is registered twice', async () => {
    const known = await register({
      name: '沈玉梅',
      birthDate: '1970-03-04',
      sex: 'female',
      phone: '13911112222',
      idKind: 'passport',
      idNumber: 'G9876543',
    });
    const reasons = async (input: NewPatient) =>
      (await people.lookAlikes.ofNew(doctor(), input)).map((each) => [
        each.patient.patientId === known.patientId,
        ...each.likenesses,
      ]);
    expect(await reasons({ name: '沈氏', idKind: 'passport', idNumber: 'g 9876543' })).toEqual([
      [true, 'same_document'],
    ]);
    expect(await reasons({ name: '沈玉梅', birthDate: '1970-03-04', phone: '139-1111-2222' })).toEqual([
      [true, 'same_name_and_birth_date', 'same_name_and_phone'],
    ]);
    expect(await reasons({ name: '沈玉梅', phone: '13911112222' })).toEqual([[true, 'same_name_and_phone']]);
    expect(await reasons({ name: '沈雨眉', birthDate: '1970-03-04', sex: 'female' })).toEqual([
      [true, 'same_sound_birth_date_and_sex'],
    ]);
    expect(await reasons({ name: '沈雨眉', birthDate: '1970-03-04', sex: 'male' })).toEqual([]);
    expect(await reasons({ name: '沈玉梅' })).toEqual([]);
    expect(await reasons({ name: '沈玉梅', birthDate: '1970-03-05', phone: '13911112223' })).toEqual([]);
    expect(await people.lookAlikes.of(doctor(), known.patientId)).toEqual([]);
  });

  it('are not two people with two resident ids', async () => {
    const withId = (digits: string): NewPatient => ({
      name: '双一',
      idKind: 'resident_id',
      idNumber: digits + residentIdCheck(digits),
    });
    await register(withId('11010519491231004'));
    expect(await people.lookAlikes.ofNew(doctor(), withId('11010519491231006'))).toEqual([]);
    expect(await people.lookAlikes.ofNew(doctor(), { name: '双一', birthDate: '1949-12-31' })).toHaveLength(
      1,
    );
  });

  it('of the whole institution are pairs, the most likely first', async () => {
    await world.db.delete(patient).where(eq(patient.institutionId, 'elsewhere'));
    const nurse = world.person('nurse', 'elsewhere');
    const add = (input: NewPatient) => register(input, nurse);
    const born = { birthDate: '1980-01-01', sex: 'female' } as const;
    await add({ name: '白云', ...born });
    await add({ name: '柏芸', ...born });
    await add({ name: '何田', phone: '13700000000' });
    await add({ name: '何田', phone: '13700000000', birthDate: '1990-01-01' });
    await add({ name: '禾田', idKind: 'passport', idNumber: 'E0000001' });
    await add({ name: '和田', idKind: 'passport', idNumber: 'E0000001' });
    await add({ name: '独一' });
    await add({ name: '独一' });
    const { pairs, next } = await people.lookAlikes.list(nurse);
    expect(next).toBeNull();
    expect(
      pairs.map(({ patients, likenesses }) => [patients.map(({ name }) => name).sort(), likenesses]),
    ).toEqual([
      [['和田', '禾田'], ['same_document']],
      [['何田', '何田'], ['same_name_and_phone']],
      [['柏芸', '白云'], ['same_sound_birth_date_and_sex']],
    ]);
  });
});

describe('recent patients', () => {
  it('come by page, each once', async () => {
    const who = world.person('surgeon', 'city');
    for (let number = 0; number < 7; number += 1) {
      world.clock.nowMs += number % 2;
      await register({ name: `病人${number}` }, who);
    }
    const seen: string[] = [];
    for (let before: { updatedAtMs: number; patientId: string } | undefined; ;) {
      const page = await people.patients.recent(who, { limit: 2, ...(before && { before }) });
      seen.push(...page.map(({ patientId }) => patientId));
      before = page.at(-1);
      if (!before) break;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });
});
