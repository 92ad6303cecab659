import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ageYears,
  checkPatient,
  dayInChina,
  isDay,
  maskDocumentNumber,
  newPatientSchema,
  patientChangeSchema,
  practitionerSchema,
  readDocument,
  residentIdCheck,
  type IdKind,
  type NewPatient,
} from './index.ts';

const NOW = Date.parse('2026-11-28T08:00:00Z');

const residentId = fc
  .record({
    region: fc.constantFrom('110101', '532901', '650102', '810000', '830000'),
    birthDate: fc.date({ min: new Date('1900-01-01'), max: new Date(NOW), noInvalidDate: true }),
    sequence: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ region, birthDate, sequence }) => {
    const day = birthDate.toISOString().slice(0, 10);
    const body = `${region}${day.replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
    return { number: body + residentIdCheck(body), day, sex: sequence % 2 ? 'male' : 'female' };
  });

describe('a resident id', () => {
  it('is the one of the standard', () => {
    // The two examples of GB 11643-1999.
    expect(residentIdCheck('11010519491231002')).toBe('X');
    expect(residentIdCheck('44052418800101001')).toBe('4');
  });

  it('says birth date and sex, however it is typed', () => {
    fc.assert(
      fc.property(residentId, ({ number, day, sex }) => {
        expect(readDocument('resident_id', number, NOW)).toEqual({ number, birthDate: day, sex });
        const typed = ` ${number.slice(0, 6)} ${number.slice(6).toLowerCase()}`;
        expect(readDocument('resident_id', typed, NOW)).toMatchObject({ number });
      }),
    );
  });

  it('with one character wrong, or two neighbours exchanged, is none', () => {
    const wrong = fc
      .tuple(residentId, fc.nat(17), fc.constantFrom(...'0123456789X'), fc.boolean())
      .map(([{ number }, place, other, exchange]) => {
        const letters = [...number];
        if (exchange && place < 17)
          [letters[place], letters[place + 1]] = [letters[place + 1]!, letters[place]!];
        else letters[place] = other;
        return { number, typed: letters.join('') };
      })
      .filter(({ number, typed }) => number !== typed);
    fc.assert(
      fc.property(wrong, ({ typed }) => {
        expect(readDocument('resident_id', typed, NOW)).toHaveProperty('problem');
      }),
    );
  });

  it.each([
    ['', 'number_missing'],
    ['12345', 'shape'],
    ['1101051949123100X2', 'shape'],
    ['99010519491231002X', 'region'],
    ['110105194913310027', 'birth_date'],
    ['110105202902290021', 'birth_date'],
    ['11010519491231002x1', 'shape'],
    ['110105194912310021', 'checksum'],
  ])('%j is refused: %s', (typed, problem) => {
    expect(readDocument('resident_id', typed, NOW)).toEqual({ problem });
  });

  it('is kept masked so that eight characters remain', () => {
    fc.assert(
      fc.property(residentId, ({ number }) => {
        const masked = maskDocumentNumber('resident_id', number);
        expect(masked).toMatch(/^\d{4}\*{10}\d{3}[\dX]$/);
        expect(masked).toHaveLength(18);
      }),
    );
    expect(maskDocumentNumber('passport', 'E12345678')).toBe('****5678');
  });
});

it.each<[IdKind, string, boolean]>([
  ['passport', 'e1234 5678', true],
  ['passport', 'ABCDEFGH', false],
  ['passport', '＜script＞1', false],
  ['hk_macau_permit', 'H12345678', true],
  ['hk_macau_permit', 'M1234567801', true],
  ['hk_macau_permit', 'A12345678', false],
  ['taiwan_permit', '12345678', true],
  ['taiwan_permit', '123456789', false],
  ['birth_certificate', 'P440123456', true],
  ['birth_certificate', '4401234567', false],
])('%s %s: %s', (kind, typed, good) => {
  expect('number' in readDocument(kind, typed, NOW)!).toBe(good);
});

describe('a day', () => {
  it('is one of the calendar', () => {
    expect(['2024-02-29', '1963-04-11', '2000-12-31'].every(isDay)).toBe(true);
    expect(
      ['2023-02-29', '1963-4-11', '0000-01-01', '2026-13-01', ' 2026-01-01', '2026-01-01T'].some(isDay),
    ).toBe(false);
  });

  it('begins in China eight hours before it does in Greenwich', () => {
    expect(dayInChina(Date.parse('2026-11-27T15:59:59Z'))).toBe('2026-11-27');
    expect(dayInChina(Date.parse('2026-11-27T16:00:00Z'))).toBe('2026-11-28');
    expect(ageYears('2020-11-28', Date.parse('2026-11-27T15:59:59Z'))).toBe(5);
    expect(ageYears('2020-11-28', Date.parse('2026-11-27T16:00:00Z'))).toBe(6);
    expect(ageYears('2027-01-01', NOW)).toBe(0);
  });
});

describe('a new patient', () => {
  const check = (patient: NewPatient) => checkPatient(newPatientSchema.parse(patient), NOW);
  const guardian = { name: '杨春花', relation: '母亲', phone: null };

  it('takes over what the resident id says', () => {
    const number = '11010519491231002X';
    expect(check({ name: '张桂华', idKind: 'resident_id', idNumber: number })).toMatchObject({
      birthDate: '1949-12-31',
      sex: 'female',
      document: { number },
    });
  });

  it.each<[string, Partial<NewPatient>, string[]]>([
    ['another day', { birthDate: '1949-12-30' }, ['birth_date_differs']],
    ['another sex', { sex: 'male' }, ['sex_differs']],
    ['both', { birthDate: '1949-12-30', sex: 'male' }, ['birth_date_differs', 'sex_differs']],
  ])('is refused when the resident id says %s', (_, said, problems) => {
    const patient = { name: '张桂华', idKind: 'resident_id', idNumber: '11010519491231002X' } as const;
    expect(check({ ...patient, ...said })).toEqual({ problems });
  });

  it('below six needs a guardian; the day of the sixth birthday does not', () => {
    const child = { name: '岩温', birthDate: '2020-11-29' };
    expect(check(child)).toEqual({ problems: ['guardian_missing'] });
    expect(check({ ...child, guardian })).toMatchObject({ guardian: { name: '杨春花' } });
    expect(check({ ...child, birthDate: '2020-11-28' })).not.toHaveProperty('problems');
    expect(check({ ...child, birthDate: '2026-11-29' })).toEqual({ problems: ['birth_date_in_future'] });
  });

  it('needs a name and nothing else', () => {
    expect(check({ name: ' 买买提 • 阿不都 ' })).toEqual({
      name: '买买提·阿不都',
      sex: 'unknown',
      birthDate: null,
      idKind: 'none',
      document: null,
      phone: null,
      guardian: null,
    });
    expect(check({ name: '张', idNumber: '1' })).toEqual({ problems: ['document_number_unexpected'] });
  });

  it.each([
    [{ name: '' }],
    [{ name: ' ' }],
    [{ name: 'a\u0000b' }],
    [{ name: '张', phone: 'call me' }],
    [{ name: '张', birthDate: '31.12.1949' }],
    [{ name: '张', admin: true }],
    [{ name: '张', guardian: { name: '李', relation: '', phone: null } }],
  ])('%j is refused', (input) => {
    expect(newPatientSchema.safeParse(input).success).toBe(false);
  });

  it('has a telephone in one form', () => {
    for (const phone of ['138 7212 3456', '+86 138-7212-3456', '００８６13872123456'])
      expect(newPatientSchema.parse({ name: '张', phone }).phone).toBe('13872123456');
    expect(newPatientSchema.parse({ name: '张', phone: '+852 2345 6789' }).phone).toBe('+85223456789');
  });
});

it('a change names only what changes', () => {
  expect(patientChangeSchema.parse({})).toEqual({});
  expect(patientChangeSchema.parse({ phone: null })).toEqual({ phone: null });
  expect(patientChangeSchema.safeParse({ mergedInto: 'x' }).success).toBe(false);
});

it('a practitioner has each specialty once', () => {
  const doctor = {
    realName: '李卫国',
    licenceNumber: '1101 0000 0000 001',
    title: '主任医师',
    specialties: ['ultrasound', 'radiology'],
    departmentId: null,
    introduction: null,
  };
  expect(practitionerSchema.parse(doctor)).toMatchObject({ licenceNumber: '110100000000001' });
  for (const wrong of [
    { specialties: ['ultrasound', 'ultrasound'] },
    { specialties: ['magic'] },
    { licenceNumber: '!' },
    { title: '' },
  ])
    expect(practitionerSchema.safeParse({ ...doctor, ...wrong }).success).toBe(false);
});
