import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, Answers, Condition, PatientFacts, Question, Questionnaire } from './definition.ts';
import { nextQuestion, preConsult, problemsOf, questionnaireSchema, read, triage } from './index.ts';

const words = { zh: '问', en: 'ask' };
const woman: PatientFacts = { ageMonths: 30 * 12, sex: 'female' };
const IDS = ['q0', 'q1', 'q2', 'q3', 'q4', 'q5'];
const OPTIONS = ['a', 'b', 'c'];
const options = OPTIONS.map((id) => ({ id, text: words }));

const simple = fc.oneof(
  fc.record({ question: fc.constantFrom(...IDS), is: fc.oneof(fc.constantFrom(...OPTIONS), fc.boolean()) }),
  fc.record({
    question: fc.constantFrom(...IDS),
    isNot: fc.oneof(fc.constantFrom(...OPTIONS), fc.boolean()),
  }),
  fc.record({ question: fc.constantFrom(...IDS), atLeast: fc.integer({ min: -2, max: 12 }) }),
  fc.record({ question: fc.constantFrom(...IDS), below: fc.integer({ min: -2, max: 12 }) }),
  fc.record({ question: fc.constantFrom(...IDS), answered: fc.constant(true as const) }),
  fc.record({ fact: fc.constant('ageMonths' as const), below: fc.integer({ min: 0, max: 900 }) }),
  fc.record({ fact: fc.constant('sex' as const), is: fc.constantFrom('female' as const, 'male' as const) }),
);
const few = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 3 });
const condition: fc.Arbitrary<Condition> = fc.oneof(
  simple,
  fc.record({ all: few(fc.oneof(simple, fc.record({ any: few(simple) }))) }),
  fc.record({ any: few(fc.oneof(simple, fc.record({ all: few(simple) }))) }),
);
const shape = fc.constantFrom<Record<string, unknown>>(
  { kind: 'single', options },
  { kind: 'multi', options, exclusive: 'c' },
  { kind: 'number', unit: words, min: 0, max: 10 },
  { kind: 'text', maxLength: 5 },
  { kind: 'yes_no' },
  { kind: 'scale', min: 0, max: 10, lowest: words, highest: words },
  { kind: 'date' },
);
const questionnaires: fc.Arbitrary<Questionnaire> = fc
  .record({
    questions: fc.array(fc.tuple(shape, fc.boolean(), fc.option(condition, { nil: undefined })), {
      minLength: 1,
      maxLength: IDS.length,
    }),
    redFlags: fc.array(condition, { maxLength: 4 }),
  })
  .map(({ questions, redFlags }) => ({
    title: words,
    questions: questions.map(
      ([own, required, showIf], index) =>
        ({ id: IDS[index], text: words, required, ...own, ...(showIf && { showIf }) }) as Question,
    ),
    redFlags: redFlags.map((when, index) => ({
      id: `flag${index}`,
      when,
      message: words,
      severity: 'emergency' as const,
    })),
    advice: [],
  }));
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.constantFrom<Answer>(...OPTIONS, 'nothing', true, false, null, '2026-11-28'),
  fc.integer({ min: -2, max: 12 }),
  fc.double(),
  fc.uniqueArray(fc.constantFrom(...OPTIONS)),
  fc.string(),
);
const answers: fc.Arbitrary<Answers> = fc.dictionary(fc.constantFrom(...IDS, 'other'), answer);
const facts: fc.Arbitrary<PatientFacts> = fc.record({
  ageMonths: fc.option(fc.integer({ min: 0, max: 1_200 })),
  sex: fc.constantFrom('female', 'male', 'unknown'),
});

/** Something that this question takes. */
function fitting(question: Question, random: number): Answer {
  switch (question.kind) {
    case 'single':
      return question.options[random % question.options.length]!.id;
    case 'multi':
      return [question.options[random % question.options.length]!.id];
    case 'number':
    case 'scale':
      return question.min + (random % (question.max - question.min + 1));
    case 'text':
      return '好';
    case 'yes_no':
      return random % 2 === 0;
    case 'date':
      return '2026-11-28';
  }
}

describe('a questionnaire', () => {
  it('is never brought to fall by any definition, answers or facts', () => {
    fc.assert(
      fc.property(questionnaires, answers, facts, (questionnaire, given, known) => {
        expect(questionnaireSchema.safeParse(questionnaire).success).toBe(true);
        problemsOf(questionnaire);
        const { reached, missing, problems } = read(questionnaire, given, known);
        expect(reached).toEqual(expect.arrayContaining(missing));
        // What was not reached counts for nothing, and is told.
        for (const id of Object.keys(given))
          if (!reached.includes(id)) expect(problems.map(({ question }) => question)).toContain(id);
      }),
      { numRuns: 200 },
    );
  });

  it('is answered to its end one by one, and no red flag that was raised is lost on the way', () => {
    fc.assert(
      fc.property(
        questionnaires,
        facts,
        fc.array(fc.nat(), { minLength: 8 }),
        (questionnaire, known, luck) => {
          // Those that may be published; others are about to be mended.
          fc.pre(problemsOf(questionnaire).every(({ problem }) => problem !== 'looks_forward'));
          const given: Answers = {};
          let raised: string[] = [];
          for (let step = 0; step <= questionnaire.questions.length; step++) {
            const next = nextQuestion(questionnaire, given, known);
            if (!next) break;
            given[next.id] = fitting(next, luck[step % luck.length]!);
            const { redFlags, problems } = read(questionnaire, given, known);
            expect(problems).toEqual([]);
            const now = redFlags.map(({ id }) => id);
            expect(now).toEqual(expect.arrayContaining(raised));
            raised = now;
          }
          expect(nextQuestion(questionnaire, given, known)).toBeNull();
          expect(read(questionnaire, given, known).missing).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that is told to be never asked is never asked', () => {
    fc.assert(
      fc.property(questionnaires, answers, facts, (questionnaire, given, known) => {
        const findings = problemsOf(questionnaire);
        fc.pre(findings.every(({ problem }) => problem === 'never_asked' || problem === 'never_raised'));
        const { reached, redFlags } = read(questionnaire, given, known);
        for (const { where } of findings) {
          expect(reached).not.toContain(where);
          expect(redFlags.map(({ id }) => id)).not.toContain(where);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is told what is wrong with it', () => {
    const yes = (id: string, showIf?: Condition): Question => ({
      id,
      text: words,
      required: true,
      kind: 'yes_no',
      ...(showIf && { showIf }),
    });
    const found = (questions: Question[], when: Condition = { fact: 'sex', is: 'male' }) =>
      problemsOf({
        title: words,
        questions,
        redFlags: [{ id: 'flag', when, message: words, severity: 'urgent' }],
        advice: [],
      }).map(({ where, problem }) => `${where}: ${problem}`);
    const scale: Question = {
      ...{ id: 'pain', text: words, required: true, kind: 'scale', min: 0, max: 10 },
      ...{ lowest: words, highest: words },
    };
    expect(found([yes('a'), yes('a')])).toEqual(['a: same_id_twice']);
    expect(found([yes('a', { question: 'a', is: true })])).toEqual(['a: looks_forward']);
    expect(found([yes('a', { question: 'b', is: true }), yes('b', { question: 'a', is: true })])).toContain(
      'a: looks_forward',
    );
    expect(found([yes('a', { question: 'c', is: true })])).toEqual(['a: unknown_question']);
    expect(found([yes('a')], { question: 'a', is: 'yes' })).toEqual(['flag: does_not_fit']);
    expect(found([yes('a')], { question: 'a', atLeast: 3 })).toEqual(['flag: does_not_fit']);
    expect(found([scale, yes('a', { question: 'pain', atLeast: 11 })])).toEqual(['a: never_asked']);
    expect(
      found([
        scale,
        yes('a', {
          all: [
            { question: 'pain', atLeast: 5 },
            { question: 'pain', below: 5 },
          ],
        }),
        yes('b', { question: 'a', is: true }),
      ]),
    ).toEqual(['a: never_asked', 'b: never_asked']);
    expect(
      found([yes('a'), yes('b', { question: 'a', is: true })], {
        all: [
          { question: 'a', is: false },
          { question: 'b', is: true },
        ],
      }),
    ).toEqual(['flag: never_raised']);
    expect(found([{ ...scale, min: 5, max: 5 }])).toEqual(['pain: empty_range']);
    const single: Question = { id: 's', text: words, required: true, kind: 'single', options };
    expect(found([single], { question: 's', is: 'z' })).toEqual(['flag: unknown_option']);
  });

  it('refuses answers of the wrong form, out of range, or to what was not asked', () => {
    const problem = (id: string, value: Answer, others: Answers = {}) =>
      read(triage, { danger: ['none'], complaint: 'fever', ...others, [id]: value }, woman).problems.find(
        (each) => each.question === id,
      )?.problem ?? 'none';
    expect(problem('temperature', 39.2)).toBe('none');
    expect(problem('temperature', 93)).toBe('out_of_range');
    expect(problem('temperature', '39')).toBe('wrong_form');
    expect(problem('danger', ['none', 'self_harm'])).toBe('not_alone');
    expect(problem('danger', ['nothing'])).toBe('unknown_option');
    expect(problem('black_stool', true)).toBe('not_reached');
    expect(problem('pain', 7.5)).toBe('wrong_form');
    expect(problem('complaint_other', '<b>\u0007', { complaint: 'other' })).toBe('wrong_form');
    expect(problem('toString', true)).toBe('unknown_question');
    // What cannot be taken opens no further question.
    const wrong = read(triage, { danger: ['none'], complaint: ['fever'], temperature: 39 }, woman);
    expect(wrong.problems).toContainEqual({ question: 'temperature', problem: 'not_reached' });
  });
});

describe('those that come with the hub', () => {
  it.each([
    ['triage', triage],
    ['pre-consult', preConsult],
  ])('%s may be published as it is', (_, questionnaire) => {
    expect(questionnaireSchema.parse(questionnaire)).toEqual(questionnaire);
    expect(problemsOf(questionnaire)).toEqual([]);
  });

  it.each<[string, PatientFacts, Answers]>([
    ['heart', woman, { danger: ['chest_pain_sweating'] }],
    ['stroke', woman, { danger: ['stroke_signs', 'cannot_breathe'] }],
    ['breathing', woman, { danger: ['cannot_breathe'] }],
    ['bleeding', woman, { danger: ['heavy_bleeding'] }],
    ['suicide', woman, { danger: ['self_harm'] }],
    ['infant_fever', { ageMonths: 2, sex: 'male' }, { danger: ['none'], complaint: 'fever' }],
    [
      'infant_fever',
      { ageMonths: null, sex: 'male' },
      { danger: ['none'], complaint: 'fever', young_infant: true },
    ],
    [
      'infant_fever',
      { ageMonths: 1, sex: 'male' },
      { danger: ['none'], complaint: 'cough', temperature: 38.1 },
    ],
    [
      'pregnancy',
      woman,
      { danger: ['none'], complaint: 'pregnancy', pregnant: 'unsure', pregnancy_bleeding: true },
    ],
  ])('triage raises %s', (id, known, given) => {
    const { redFlags, urgency, problems } = read(triage, given, known);
    expect(problems).toEqual([]);
    expect(redFlags.map((flag) => flag.id)).toContain(id);
    expect(urgency).toBe('emergency');
  });

  it('triage sends a man with a sore knee to the bone doctor, without asking about pregnancy', () => {
    const man: PatientFacts = { ageMonths: 50 * 12, sex: 'male' };
    const given: Answers = { danger: ['none'], complaint: 'joints', pain: 4, since: 'weeks' };
    expect(nextQuestion(triage, given, man)).toBeNull();
    expect(read(triage, given, man)).toMatchObject({
      specialty: 'orthopaedics',
      urgency: 'routine',
      redFlags: [],
      missing: [],
    });
  });
});
