import { describe, expect, it } from 'vitest';
import { patientOf, rolesFor, type PatientDraft } from './new-room-form.ts';

describe('a new room', () => {
  it('offers only roles that the account has and the kind knows', () => {
    expect(rolesFor('consult', ['rural_doctor', 'surgeon'])).toEqual(['rural_doctor']);
    expect(rolesFor('surgery', ['rural_doctor', 'surgeon'])).toEqual(['surgeon']);
    expect(rolesFor('consult', ['administrator', 'pharmacist'])).toEqual([]);
  });

  const draft: PatientDraft = {
    maskedName: ' 张*华 ',
    sex: 'female',
    age: '63',
    maskedId: '****1234',
    laterality: 'right',
  };

  it('takes a whole patient', () => {
    expect(patientOf(draft)).toEqual({
      maskedName: '张*华',
      sex: 'female',
      ageYears: 63,
      maskedId: '****1234',
      laterality: 'right',
    });
    expect(patientOf({ ...draft, age: 0 })?.ageYears).toBe(0);
  });

  it.each(['', null, '-1', '151', '6.5', 'sixty'])('refuses age %j', (age) => {
    expect(patientOf({ ...draft, age })).toBeNull();
  });

  it('lets no whole name or id through, even when the field was never left', () => {
    const strip = patientOf({ ...draft, maskedName: '张丽华', maskedId: '330102196301011234' });
    expect(strip).toMatchObject({ maskedName: '张*华', maskedId: '****1234' });
  });

  it('needs a name', () => {
    expect(patientOf({ ...draft, maskedName: '  ' })).toBeNull();
  });
});
