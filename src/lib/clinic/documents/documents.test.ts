import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { consultAt } from '../testing/consult-walk.ts';
import { finaliseDocument } from './document-steps.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
let specialist: AccountPrincipal;
let caseId: string;

beforeAll(async () => {
  world = await startClinicWorld();
  doctor = world.person('rural_doctor');
  specialist = world.person('specialist', 'city');
  caseId = await consultAt(world, 'in_session');
});
afterAll(() => world.stop());

const documents = () => world.clinic.documents;
const begin = async () => (await documents().draft(specialist, caseId, 'opinion')).documentId;
const save = (
  who: AccountPrincipal,
  documentId: string,
  text: string,
  basedOn: number,
  section = 'findings',
) => documents().write(who, caseId, documentId, { section, text, basedOn });
const section = async (id: string) => {
  const [opinion] = await documents().list(doctor, caseId);
  return opinion?.sections[id];
};

describe('what is written in a case', () => {
  it('is begun once, however many do so at the same moment', async () => {
    const ids = await Promise.all(
      [doctor, specialist, doctor, specialist].map(async (who) => {
        const draft = await documents().draft(who, caseId, 'opinion');
        return draft.documentId;
      }),
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('tells who was slower what stands there, and overwrites nothing', async () => {
    const id = await begin();
    const both = await Promise.all([save(doctor, id, '右上腹压痛', 0), save(specialist, id, '胆囊增大', 0)]);
    expect(both.map((each) => each.outcome).sort()).toEqual(['conflict', 'written']);
    const lost = both.find((each) => each.outcome === 'conflict');
    const standing = await section('findings');
    expect(lost).toEqual({ outcome: 'conflict', current: standing });
    expect(standing).toMatchObject({ version: 1 });
    const merged = `${standing?.text}；胆囊壁厚`;
    expect(await save(specialist, id, merged, 1)).toEqual({ outcome: 'written', version: 2 });
  });

  it('keeps sections apart, and every change that is accepted, with twelve people at once', async () => {
    const id = await begin();
    const accepted: string[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const who = n % 2 ? doctor : specialist;
        const line = `第${n}行`;
        for (;;) {
          const now = await section('advice');
          const text = now?.text ? `${now.text}\n${line}` : line;
          const done = await save(who, id, text, now?.version ?? 0, 'advice');
          if (done.outcome === 'written') return void accepted.push(line);
        }
      }),
    );
    const advice = await section('advice');
    expect(advice?.version).toBe(12);
    expect(advice?.text.split('\n').sort()).toEqual(accepted.sort());
    expect((await section('findings'))?.version).toBe(2);
  });

  it('may be saved again without a change, and tells everybody in the case of a real one, without the text', async () => {
    const id = await begin();
    world.told.length = 0;
    expect(await save(doctor, id, '胆囊结石', 0, 'impression')).toEqual({ outcome: 'written', version: 1 });
    expect(await save(doctor, id, ' 胆囊结石 ', 0, 'impression')).toEqual({ outcome: 'written', version: 1 });
    const data = { caseId, documentId: id, section: 'impression', version: 1 };
    const notice = { type: 'document.changed', data };
    expect(world.told).toHaveLength(2);
    expect(world.told).toEqual(
      expect.arrayContaining([
        { principalId: doctor.principalId, notice },
        { principalId: specialist.principalId, notice },
      ]),
    );
  });

  it('refuses who only reads, who knows nothing of the case, and what no section is', async () => {
    const id = await begin();
    expect(await outcome(save(world.person('dispatcher'), id, 'x', 0))).toBe('forbidden');
    expect(await outcome(save(world.person('rural_doctor', 'elsewhere'), id, 'x', 0))).toBe('not_found');
    expect(await outcome(save(world.person('specialist'), id, 'x', 0))).toBe('not_found');
    expect(await outcome(documents().list(world.person('specialist'), caseId))).toBe('not_found');
    expect(await outcome(documents().draft(doctor, caseId, 'debrief'))).toBe('forbidden');
    expect(await outcome(save(doctor, 'another-document', 'x', 0))).toBe('not_found');
    for (const name of ['history', 'toString', '__proto__'])
      expect(await outcome(save(doctor, id, 'x', 0, name))).toBe('invalid_message');
    expect(await outcome(save(doctor, id, 'a'.repeat(10_001), 0))).toBe('invalid_message');
    const other = await consultAt(world, 'in_session');
    const call = documents().write(doctor, other, id, { section: 'findings', text: 'x', basedOn: 0 });
    expect(await outcome(call)).toBe('not_found');
  });

  it('keeps HTML as it was typed', async () => {
    const id = await begin();
    const html = '<img src=x onerror=alert(1)>';
    await save(doctor, id, html, 0, 'followUp');
    expect((await section('followUp'))?.text).toBe(html);
  });

  it('is final by the case’s own step, and is never changed again', async () => {
    const id = await begin();
    const { cases } = world.clinic;
    await cases.take(specialist, caseId, 'conclude');
    expect(await outcome(save(doctor, id, 'nachträglich', 2))).toBe('out_of_order');
    expect(await outcome(documents().draft(specialist, caseId, 'opinion'))).toBe('out_of_order');
    const [final] = await documents().list(doctor, caseId);
    expect(final).toMatchObject({ state: 'final', finalBy: specialist.accountId });
    expect(final?.finalAtMs).toBe(world.clock.nowMs);
    const nothing = world.db.transaction((tx) =>
      finaliseDocument(tx, { id: caseId }, { kind: 'opinion', by: null, atMs: 0 }),
    );
    expect(await outcome(nothing)).toBe('out_of_order');
  });

  it('waits while the case is stopped over a wrong patient', async () => {
    caseId = await consultAt(world, 'in_session');
    const id = await begin();
    await world.clinic.cases.take(doctor, caseId, 'wrongPatient', { reason: '不是本人' });
    expect(await outcome(save(doctor, id, 'x', 0))).toBe('out_of_order');
  });
});
