import { describe, expect, it } from 'vitest';
import { preConsult, questionnaireSchema, triage } from '../../clinic/model/questionnaire/index.ts';
import { documentOf, draftOf, newFlag, newQuestion } from './draft.ts';
import { issuesOf } from './issues.ts';

describe('a questionnaire in the form', () => {
  it.each([triage, preConsult])('comes out as it went in: $title.en', (questionnaire) => {
    const document = documentOf(draftOf(questionnaire));
    expect(document).toEqual(questionnaire);
    expect(issuesOf(document)).toEqual({});
  });

  it('says at which field something is missing', () => {
    const draft = draftOf(preConsult);
    const question = { ...newQuestion(), kind: 'number' as const, min: null };
    question.showIf.parts = [[{ subject: 'ageMonths', operator: 'atLeast', value: '' }]];
    draft.questions.push(question);
    draft.redFlags.push(newFlag());
    const at = draft.questions.length - 1;
    expect(Object.keys(issuesOf(documentOf(draft))).toSorted()).toEqual(
      [
        ...['text.zh', 'text.en', 'unit.zh', 'unit.en', 'min', 'showIf'].map(
          (name) => `questions.${at}.${name}`,
        ),
        ...['message.zh', 'message.en', 'when'].map((name) => `redFlags.0.${name}`),
      ].toSorted(),
    );
  });

  it('keeps what was typed for another kind, joins conditions both ways, and takes Chinese for English', () => {
    const draft = draftOf(triage);
    const [danger] = draft.questions;
    danger!.kind = 'yes_no';
    danger!.text = { zh: '有危险吗？', en: ' ' };
    const row = { subject: `q:${danger!.id}`, operator: 'is' as const, value: 'true' };
    const age = { subject: 'ageMonths', operator: 'below' as const, value: '72' };
    draft.redFlags = [
      {
        ...newFlag(),
        id: 'f',
        message: { zh: '是', en: 'yes' },
        when: { mode: 'all', parts: [[row, age], [age]] },
      },
    ];
    draft.advice = [];
    const parsed = questionnaireSchema.parse(documentOf({ ...draft, questions: [danger!] }));
    expect(parsed.questions).toEqual([
      { id: 'danger', kind: 'yes_no', required: true, text: { zh: '有危险吗？', en: '有危险吗？' } },
    ]);
    const below = { fact: 'ageMonths', below: 72 };
    expect(parsed.redFlags[0]?.when).toEqual({
      all: [{ any: [{ question: 'danger', is: true }, below] }, below],
    });
    danger!.kind = 'multi';
    expect(documentOf({ ...draft, questions: [danger!] })).toMatchObject({
      questions: [{ options: { length: 8 }, exclusive: 'none' }],
    });
  });
});
