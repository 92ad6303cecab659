import { describe, expect, it } from 'vitest';
import type { PatientView } from '../../clinic/people/index.ts';
import { changeOf, checkDraft, draftOf, emptyDraft, newPatientOf, takeOver } from './patient-draft.ts';
import { maskPhone, patientRowOf } from './patient-row.ts';

const NOW = Date.parse('2026-11-28T08:00:00Z');
/** The example of GB 11643-1999: a woman, born on 31 December 1949. */
const RESIDENT_ID = '11010519491231002X';

const typed = (fields: Partial<ReturnType<typeof emptyDraft>>) => ({ ...emptyDraft('张桂华'), ...fields });
const check = (fields: Parameters<typeof typed>[0]) => checkDraft(typed(fields), NOW);

describe('a patient while it is typed', () => {
  it('is good with a name and a document, and says what the document says', () => {
    expect(check({ idNumber: RESIDENT_ID })).toEqual({
      wrong: {},
      said: { birthDate: '1949-12-31', sex: 'female' },
      ageYears: 76,
      guardian: 'none',
    });
  });

  it.each<[Parameters<typeof typed>[0], object]>([
    [{ name: ' ', idNumber: RESIDENT_ID }, { name: 'name' }],
    [{ idNumber: '' }, { idNumber: 'document_number_missing' }],
    [{ idNumber: '110105194912310021' }, { idNumber: 'document_checksum' }],
    [{ idNumber: RESIDENT_ID, birthDate: '1949-12-30' }, { birthDate: 'birth_date_differs' }],
    [{ idNumber: RESIDENT_ID, sex: 'male' }, { sex: 'sex_differs' }],
    [{ idKind: 'none', birthDate: '2026-11-29' }, { birthDate: 'birth_date_in_future' }],
    [{ idKind: 'none', birthDate: '2022-01-01' }, { guardianName: 'guardian_missing' }],
    [
      { idKind: 'none', birthDate: '2022-01-01', guardianName: '杨春花' },
      { guardianRelation: 'guardianRelation' },
    ],
    [
      { idKind: 'none', guardianPhone: '12' },
      {
        guardianName: 'guardianName',
        guardianRelation: 'guardianRelation',
        guardianPhone: 'guardianPhone',
      },
    ],
    [{ idKind: 'none', phone: 'call me' }, { phone: 'phone' }],
    // One wrong field does not hide another.
    [
      { name: '', phone: 'x', idNumber: RESIDENT_ID, sex: 'male' },
      {
        name: 'name',
        phone: 'phone',
        sex: 'sex_differs',
      },
    ],
  ])('%j: %j', (fields, wrong) => {
    expect(check(fields).wrong).toEqual(wrong);
  });

  it('asks for a guardian below six, advises one below eighteen', () => {
    const guardian = (birthDate: string) => check({ idKind: 'none', birthDate }).guardian;
    expect(guardian('2020-11-29')).toBe('needed');
    expect(guardian('2020-11-28')).toBe('advised');
    expect(guardian('2008-11-29')).toBe('advised');
    expect(guardian('2008-11-28')).toBe('none');
    expect(check({ idKind: 'none' }).guardian).toBe('none');
  });

  it('keeps a number that was typed before the document was said to be missing out of what is sent', () => {
    expect(newPatientOf(typed({ idKind: 'none', idNumber: RESIDENT_ID })).idNumber).toBeNull();
  });
});

describe('what a document says', () => {
  const said = { birthDate: '1949-12-31', sex: 'female' } as const;

  it('fills empty fields and what an earlier number filled', () => {
    expect(takeOver(typed({}), {}, said)).toEqual(said);
    const filled = { birthDate: '1950-01-01', sex: 'male' } as const;
    expect(takeOver(typed(filled), filled, said)).toEqual(said);
  });

  it('leaves what somebody typed', () => {
    const own = { birthDate: '1950-01-01', sex: 'male' } as const;
    expect(takeOver(typed(own), {}, said)).toEqual(own);
  });
});

describe('a record', () => {
  const record: PatientView = {
    patientId: 'p_1234',
    institutionId: 'county',
    name: '张桂华',
    sex: 'female',
    birthDate: '1949-12-31',
    idKind: 'resident_id',
    idMasked: '1101**********002X',
    phone: '13872123456',
    guardian: null,
    mergedInto: null,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  const before = draftOf(record);

  it('is changed only where the form differs from it', () => {
    expect(changeOf(before, before, false)).toEqual({});
    expect(changeOf({ ...before, phone: ' ', name: '张桂花' }, before, false)).toEqual({
      phone: null,
      name: '张桂花',
    });
    const guardian = { name: '杨春花', relation: '女儿', phone: null };
    const guarded = { ...before, guardianName: '杨春花', guardianRelation: '女儿' };
    expect(changeOf(guarded, before, false)).toEqual({ guardian });
    expect(changeOf(before, guarded, false)).toEqual({ guardian: null });
    expect(changeOf({ ...before, idKind: 'passport', idNumber: 'E123' }, before, true)).toEqual({
      document: { kind: 'passport', number: 'E123' },
    });
  });

  it('shows no whole number in a list', () => {
    expect(patientRowOf(record, NOW)).toEqual({
      patientId: 'p_1234',
      name: '张桂华',
      sex: 'female',
      birthDate: '1949-12-31',
      ageYears: 76,
      idMasked: '1101**********002X',
      phoneMasked: '138****3456',
      foundAs: null,
    });
    expect(['87212345', '12345', '+85223456789'].map(maskPhone)).toEqual([
      '****2345',
      '***45',
      '+85*****6789',
    ]);
  });
});
