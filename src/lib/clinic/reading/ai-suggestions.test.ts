import { asc, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import {
  aiModel,
  aiSuggestion,
  caseAttachment,
  caseDocument,
  caseEvent,
  clinicalCase,
} from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { KIDNEY } from '../testing/exam-day.ts';
import { POST } from '../../../routes/api/ai/suggestions/+server.ts';
import { NodeCallLimit } from './call-limit.ts';
import { AiSuggestions } from './ai-suggestions.ts';

let world: ClinicWorld;
let suggestions: AiSuggestions;
let [administrator, sender, anna]: AccountPrincipal[] = [];
let model: { modelId: string; token: string };
const told: string[] = [];
let addresses = 0;

beforeAll(async () => {
  world = await startClinicWorld();
  const { models } = world.clinic.diagnosisCentre;
  suggestions = new AiSuggestions({
    ...{ db: world.db, cases: world.clinic.cases, models, now: () => world.clock.nowMs },
    // Tests are faster than a model may be.
    limit: { spend: () => undefined },
    tell: (row) => void told.push(row.id),
  });
  [administrator, sender] = [world.person('administrator'), world.person('rural_doctor')];
  anna = await world.addPerson('anna', ['specialist'], 'city');
  await world.addPractitioner(anna, ['ultrasound']);
  model = await world.clinic.diagnosisCentre.models.register(administrator, '结节识别');
});
afterAll(() => world.stop());

const { modality, bodyPart, laterality, reason, question } = KIDNEY;
async function sent(): Promise<{ caseId: string; attachmentId: string }> {
  const { cases } = world.clinic;
  const input = { modality, bodyPart, laterality, reason, question, examCaseId: null };
  const { patientId } = world;
  const caseId = await cases.open(sender!, { kind: 'reading', patientId, urgency: 'urgent', input });
  const attachmentId = `file-${caseId}`;
  const file = { name: 'a.jpg', mediaType: 'image/jpeg', sizeBytes: 1, sha256: '0', addedBy: 'x' };
  await world.db.insert(caseAttachment).values({ id: attachmentId, caseId, ...file });
  await cases.take(sender!, caseId, 'submit', { images: [{ kind: 'attachment', attachmentId }] });
  return { caseId, attachmentId };
}
const said = (caseId: string, more: object = {}) => ({
  caseId,
  clientId: 'c-1',
  model: { name: '结节识别', version: '2.1.0' },
  finding: '左肾下盏强回声，疑似结石',
  confidence: 0.91,
  ...more,
});
const add = (body: unknown, token: string | null = model.token) =>
  suggestions.add(token, { address: 'test' }, async () => body);
const box = (attachmentId: string, shape: object = { x: 0.2, y: 0.3, width: 0.1, height: 0.2 }) => ({
  region: { image: { kind: 'attachment', attachmentId }, shape: { kind: 'box', ...shape } },
});

describe('a suggestion', () => {
  it('is listed as a model’s own, with its region, and waits for a person', async () => {
    const { caseId, attachmentId } = await sent();
    const { suggestionId, isNew } = await add(said(caseId, box(attachmentId)));
    expect(isNew).toBe(true);
    await add(said(caseId, { clientId: 'c-2', finding: '左肾大小正常', confidence: 0.97 }));
    const listed = await suggestions.list(sender!, caseId);
    expect(listed.map(({ confidence }) => confidence)).toEqual([0.97, 0.91]);
    expect(listed[1]).toEqual({
      source: 'ai',
      suggestionId,
      model: { name: '结节识别', version: '2.1.0' },
      finding: '左肾下盏强回声，疑似结石',
      confidence: 0.91,
      ...box(attachmentId),
      receivedAtMs: world.clock.nowMs,
      decision: null,
    });
    expect(await outcome(suggestions.list(world.person('rural_doctor', 'elsewhere'), caseId))).toBe(
      'not_found',
    );
  });

  it('is taken once for one client id, also at the same moment; the id means one thing', async () => {
    const { caseId, attachmentId } = await sent();
    const body = said(caseId, box(attachmentId));
    told.length = 0;
    const both = await Promise.all([add(body), add(body), add(body)]);
    expect(new Set(both.map(({ suggestionId }) => suggestionId)).size).toBe(1);
    expect(both.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(told).toEqual([caseId]);
    for (const other of [{ confidence: 0.5 }, { finding: '正常' }, { region: null }])
      expect(await outcome(add({ ...body, ...other }))).toBe('conflict');
    expect(await suggestions.list(sender!, caseId)).toHaveLength(1);
  });

  it('is a person’s to accept or reject, once, as a step of the reading', async () => {
    const { caseId } = await sent();
    const { suggestionId } = await add(said(caseId));
    const foreign = (await add(said((await sent()).caseId))).suggestionId;
    const { cases } = world.clinic;
    const decide = (id: string, decision = 'accepted') =>
      cases.take(anna!, caseId, 'decideSuggestion', { suggestionId: id, decision });
    expect(await outcome(decide(suggestionId))).toBe('forbidden');
    await cases.take(anna!, caseId, 'claim');
    for (const id of [foreign, 'nothing']) expect(await outcome(decide(id))).toBe('not_found');
    await decide(suggestionId, 'rejected');
    expect(await outcome(decide(suggestionId))).toBe('conflict');
    expect(await suggestions.list(anna!, caseId)).toMatchObject([
      { decision: { decision: 'rejected', byName: anna!.name, atMs: world.clock.nowMs } },
    ]);
    expect((await cases.history(sender!, caseId)).at(-1)).toMatchObject({
      type: 'decideSuggestion',
      state: 'reading',
      actorName: anna!.name,
      data: { suggestionId, decision: 'rejected' },
    });
    expect((await cases.get(sender!, caseId)).state).toBe('reading');
  });

  it('is refused when it is malformed, not of the token, not of the study, or too late, and changes nothing', async () => {
    const { caseId, attachmentId } = await sent();
    const other = await sent();
    const image = { kind: 'attachment', attachmentId };
    const polygon = (points: object[]) => ({ region: { image, shape: { kind: 'polygon', points } } });
    const corner = { x: 0, y: 0 };
    const refusals: [object, string][] = [
      [{ confidence: 1.01 }, 'invalid_message'],
      [{ confidence: Number.NaN }, 'invalid_message'],
      [{ confidence: '0.9' }, 'invalid_message'],
      [{ clientId: 'a b' }, 'invalid_message'],
      [{ finding: '' }, 'invalid_message'],
      [{ finding: 'x'.repeat(4_001) }, 'invalid_message'],
      [{ finding: 'a\u0000b' }, 'invalid_message'],
      [{ state: 'final' }, 'invalid_message'],
      [box(attachmentId, { x: 0.9, y: 0, width: 0.2, height: 0.1 }), 'invalid_message'],
      [box(attachmentId, { x: 0.9, y: 0, width: 0, height: 0.1 }), 'invalid_message'],
      [polygon([corner, corner]), 'invalid_message'],
      [polygon(new Array(101).fill(corner) as object[]), 'invalid_message'],
      [polygon([corner, corner, { x: 1.5, y: 0 }]), 'invalid_message'],
      [{ model: { name: '别的模型', version: '1' } }, 'forbidden'],
      [{ caseId: 'nothing' }, 'not_found'],
      [box(other.attachmentId), 'not_found'],
    ];
    for (const [more, code] of refusals)
      expect([more, await outcome(add(said(caseId, more)))]).toEqual([more, code]);
    for (const body of [null, [], 'text', 5]) expect(await outcome(add(body))).toBe('invalid_message');
    for (const token of [null, 'x'.repeat(43), ''])
      expect(await outcome(add(said(caseId), token))).toBe('unauthenticated');
    expect(await suggestions.list(sender!, caseId)).toEqual([]);

    const html = await add(said(caseId, { finding: '<script>alert(1)</script>' }));
    expect((await suggestions.list(sender!, caseId))[0]?.suggestionId).toBe(html.suggestionId);
    const { cases } = world.clinic;
    await cases.take(sender!, caseId, 'cancel', { reason: '不需要了' });
    expect(await outcome(add(said(caseId, { clientId: 'late' })))).toBe('out_of_order');
    const consult = { kind: 'exam', patientId: world.patientId, urgency: 'routine', input: KIDNEY } as const;
    expect(await outcome(add(said(await cases.open(sender!, consult))))).toBe('not_found');
  });

  it('comes from models of the houses that take part, and of no other', async () => {
    const { caseId } = await sent();
    const { models } = world.clinic.diagnosisCentre;
    const theirs = await models.register(world.person('administrator', 'city'), '结节识别');
    expect(await outcome(add(said(caseId), theirs.token))).toBe('not_found');
    await world.clinic.cases.take(anna!, caseId, 'claim');
    expect(await outcome(add(said(caseId), theirs.token))).toBe('ok');
  });

  it('never changes a case, its documents or its history, whatever a model sends in whatever order', async () => {
    const { caseId, attachmentId } = await sent();
    const { cases } = world.clinic;
    await cases.take(anna!, caseId, 'claim');
    const everything = async () => ({
      row: await world.db.select().from(clinicalCase).where(eq(clinicalCase.id, caseId)),
      documents: await world.db.select().from(caseDocument).where(eq(caseDocument.caseId, caseId)),
      events: await world.db
        .select()
        .from(caseEvent)
        .where(eq(caseEvent.caseId, caseId))
        .orderBy(asc(caseEvent.seq)),
    });
    const before = await everything();
    const anyBody = fc.record(
      {
        caseId: fc.constantFrom(caseId, caseId, caseId, 'nothing'),
        clientId: fc.constantFrom('a', 'b', 'c', ''),
        model: fc.constantFrom({ name: '结节识别', version: '1' }, { name: 'x', version: '1' }),
        finding: fc.constantFrom('结石', 'final', '{"state":"final"}', ''),
        confidence: fc.constantFrom(0, 0.5, 1, 2),
        region: fc.constantFrom(null, box(attachmentId).region, box('other').region),
        state: fc.constant('final'),
        action: fc.constantFrom('conclude', 'agree', 'decideSuggestion'),
        decision: fc.constant('accepted'),
      },
      { requiredKeys: ['caseId', 'clientId', 'model', 'finding', 'confidence'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyBody, fc.jsonValue()), { maxLength: 6 }), async (bodies) => {
        await Promise.all(bodies.map((body) => outcome(add(body))));
        expect(await everything()).toEqual(before);
      }),
      { numRuns: 25 },
    );
    const rows = await world.db.select().from(aiSuggestion).where(eq(aiSuggestion.caseId, caseId));
    expect(rows.every(({ decision, decidedBy }) => decision === null && decidedBy === null)).toBe(true);
  });

  it('is limited: per token, per address without one, and per study', async () => {
    let nowMs = 0;
    const limit = new NodeCallLimit({ perSecond: 1, burst: 2 }, () => nowMs);
    limit.spend('a');
    limit.spend('a');
    expect(() => limit.spend('a')).toThrow(expect.objectContaining({ code: 'rate_limited' }) as Error);
    limit.spend('b');
    nowMs = 1_000;
    limit.spend('a');

    const { caseId } = await sent();
    const { modelId } = model;
    await world.db.insert(aiSuggestion).values(
      Array.from({ length: 200 }, (_, i) => ({
        ...{ id: `filler-${i}`, caseId, modelId, modelVersion: '1', finding: 'x', confidence: 0.5 },
      })),
    );
    expect(await outcome(add(said(caseId)))).toBe('conflict');
    const reader = () =>
      world.clinic.diagnosisCentre.suggestions.add('x', { address: 'one' }, async () => ({}));
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcome(reader())));
    expect(new Set(outcomes)).toEqual(new Set(['unauthenticated', 'rate_limited']));
  });
});

describe('over HTTP', () => {
  const post = async (body: string, headers: Record<string, string> = {}): Promise<Response> => {
    const url = new URL('http://localhost:3000/api/ai/suggestions');
    const authorization = `Bearer ${model.token}`;
    const request = new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...headers },
      body,
    });
    const locals = { hub: { clinic: world.clinic } };
    return POST({ request, url, locals, getClientAddress: () => `http-${addresses++}` } as never);
  };

  it('answers with what was taken, and with a typed refusal and its status otherwise', async () => {
    const { caseId } = await sent();
    const body = JSON.stringify(said(caseId));
    const first = await post(body);
    expect([first.status, ((await first.json()) as { isNew: boolean }).isNew]).toEqual([200, true]);
    expect(await (await post(body)).json()).toMatchObject({ isNew: false });
    const refusals: [Promise<Response>, number, string][] = [
      [post(body, { authorization: 'Bearer wrong' }), 401, 'unauthenticated'],
      [post(body, { authorization: 'Basic abc' }), 401, 'unauthenticated'],
      [post(body, { 'content-type': 'text/plain' }), 400, 'invalid_message'],
      [post('{'), 400, 'invalid_message'],
      [post(JSON.stringify({ filler: 'x'.repeat(9_000) })), 413, 'message_too_large'],
      [post(JSON.stringify(said('nothing'))), 404, 'not_found'],
      [post(JSON.stringify(said(caseId, { confidence: 0.2 }))), 409, 'conflict'],
    ];
    for (const [answer, status, code] of refusals) {
      const response = await answer;
      expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
        status,
        code,
      ]);
    }
  });
});

describe('a model', () => {
  it('is registered and revoked by administrators of its house; the token is shown once', async () => {
    const { models } = world.clinic.diagnosisCentre;
    const elsewhere = world.person('administrator', 'elsewhere');
    expect(await outcome(models.register(sender!, 'x'))).toBe('forbidden');
    expect(await outcome(models.register(administrator!, ' '))).toBe('invalid_message');
    const made = await models.register(administrator!, '骨折识别');
    const [row] = await world.db.select().from(aiModel).where(eq(aiModel.id, made.modelId));
    expect(JSON.stringify(row)).not.toContain(made.token);
    expect(JSON.stringify(await models.list(administrator!))).not.toContain(row?.tokenHash);
    expect(await models.list(elsewhere)).toEqual([]);
    expect(await outcome(models.list(sender!))).toBe('forbidden');
    expect(await outcome(models.revoke(elsewhere, made.modelId))).toBe('not_found');
    expect(await outcome(models.revoke(sender!, made.modelId))).toBe('forbidden');
    const { caseId } = await sent();
    const body = said(caseId, { model: { name: '骨折识别', version: '1' } });
    expect(await outcome(add(body, made.token))).toBe('ok');
    await models.revoke(administrator!, made.modelId);
    expect(await outcome(models.revoke(administrator!, made.modelId))).toBe('not_found');
    expect(await outcome(add({ ...body, clientId: 'c-2' }, made.token))).toBe('unauthenticated');
    expect(await suggestions.list(sender!, caseId)).toHaveLength(1);
    expect((await models.list(administrator!)).find(({ modelId }) => modelId === made.modelId)).toMatchObject(
      {
        revokedAtMs: world.clock.nowMs,
        lately: { suggestions: 1, accepted: 0, rejected: 0, version: '1', lastAtMs: world.clock.nowMs },
      },
    );
    const quiet = await models.register(administrator!, '安静');
    world.clock.nowMs += 31 * 24 * 60 * 60_000;
    const listed = new Map((await models.list(administrator!)).map((each) => [each.modelId, each.lately]));
    expect([listed.get(quiet.modelId), listed.get(made.modelId)]).toEqual([null, null]);
  });
});
