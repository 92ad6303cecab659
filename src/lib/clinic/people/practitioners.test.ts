import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account } from '../../storage/index.ts';
import type { PractitionerInput } from '../model/people/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import type { People } from './index.ts';

let world: ClinicWorld;
let people: People;
beforeAll(async () => {
  world = await startClinicWorld();
  people = world.clinic.people;
});
afterAll(() => world.stop());

const administrator = (at: 'county' | 'city' = 'county') => world.person('administrator', at);
const details = (values: Partial<PractitionerInput> = {}): PractitionerInput => ({
  realName: '李卫国',
  licenceNumber: '110310000012345',
  title: '主任医师',
  specialties: ['ultrasound'],
  departmentId: null,
  introduction: null,
  ...values,
});

describe('departments', () => {
  it('have one name each at an institution', async () => {
    const made = await people.departments.add(administrator(), ' 超声科 ');
    expect(made).toEqual({ departmentId: made.departmentId, name: '超声科' });
    const other = await people.departments.add(administrator(), '内科');
    await people.departments.add(administrator('city'), '超声科');
    expect(await outcome(people.departments.add(administrator(), '超声科'))).toBe('conflict');
    expect(await outcome(people.departments.rename(administrator(), other.departmentId, '超声科'))).toBe(
      'conflict',
    );
    expect(await outcome(people.departments.add(administrator(), 'a\u0007'))).toBe('invalid_message');
    expect(await outcome(people.departments.rename(administrator('city'), made.departmentId, '眼科'))).toBe(
      'not_found',
    );
    await people.departments.rename(administrator(), other.departmentId, '<b>全科</b>');
    const names = async (institutionId?: string) =>
      (await people.departments.list(world.person('nurse'), institutionId)).map(({ name }) => name);
    expect(new Set(await names())).toEqual(new Set(['超声科', '<b>全科</b>']));
    expect(await names('city')).toEqual(['超声科']);
  });
});

describe('a practitioner', () => {
  it('is described by the administrator of the own institution, again whenever something changes', async () => {
    const { departmentId } = await people.departments.add(administrator('city'), '放射科');
    const who = world.person('specialist', 'city');
    const input = details({ departmentId, specialties: ['ultrasound', 'radiology'] });
    expect(await people.practitioners.describe(administrator('city'), who.accountId, input)).toEqual({
      ...input,
      accountId: who.accountId,
      departmentName: '放射科',
      roles: ['specialist'],
      institutionId: 'city',
      institutionName: 'city',
    });
    const changed = details({ title: '副主任医师' });
    expect(await people.practitioners.describe(administrator('city'), who.accountId, changed)).toMatchObject({
      title: '副主任医师',
      departmentId: null,
    });
    expect(await outcome(people.practitioners.describe(administrator(), who.accountId, input))).toBe(
      'not_found',
    );
    const county = world.person('rural_doctor').accountId;
    expect(await outcome(people.practitioners.describe(administrator(), county, input))).toBe('not_found');
    expect(
      await outcome(people.practitioners.describe(administrator(), county, { ...input, admin: true })),
    ).toBe('invalid_message');
    expect(await outcome(people.practitioners.get(who, county))).toBe('not_found');
  });

  it('says only the own introduction', async () => {
    const who = world.person('surgeon');
    expect(await outcome(people.practitioners.introduceSelf(who, '二十年腔镜经验'))).toBe('not_found');
    await people.practitioners.describe(administrator(), who.accountId, details({ realName: '陈明' }));
    await people.practitioners.introduceSelf(who, ' 二十年腔镜经验 ');
    const now = await people.practitioners.get(world.person('observer', 'elsewhere'), who.accountId);
    expect(now).toMatchObject({ realName: '陈明', introduction: '二十年腔镜经验' });
    await people.practitioners.introduceSelf(who, null);
    expect((await people.practitioners.get(who, who.accountId)).introduction).toBeNull();
  });
});

describe('practitioners', () => {
  const found = async (filter: Parameters<People['practitioners']['find']>[1]) =>
    (await people.practitioners.find(world.person('dispatcher', 'elsewhere'), filter)).map(
      ({ realName }) => realName,
    );

  it('are found by specialty, institution, role, name and its sound; those who left are not', async () => {
    const { departmentId } = await people.departments.add(administrator('city'), '心内科');
    const add = async (name: string, values: Partial<PractitionerInput>, at: 'county' | 'city') => {
      const person = await world.addPerson(name, ['specialist'], at);
      const input = details({ realName: name, ...values });
      await people.practitioners.describe(administrator(at), person.accountId, input);
      return person.accountId;
    };
    await add('单雄', { specialties: ['cardiology'], departmentId }, 'city');
    await add('尤佳', { specialties: ['cardiology', 'paediatrics'] }, 'county');
    const left = await add('尤离', { specialties: ['cardiology'] }, 'county');
    await world.db.update(account).set({ disabledAt: new Date() }).where(eq(account.id, left));
    expect(await found({ specialty: 'cardiology' })).toEqual(['单雄', '尤佳']);
    expect(await found({ specialty: 'cardiology', institutionId: 'county' })).toEqual(['尤佳']);
    expect(await found({ specialty: 'cardiology', role: 'nurse' })).toEqual([]);
    expect(await found({ text: 'shanx' })).toEqual(['单雄']);
    expect(await found({ text: 'yj' })).toEqual(['尤佳']);
    expect(await found({ text: '心内' })).toEqual(['单雄']);
    expect(await found({ text: '尤' })).toEqual(['尤佳']);
    expect(await found({ text: '%' })).toEqual([]);
    expect((await people.practitioners.get(world.person('nurse'), left)).realName).toBe('尤离');
  });
});
