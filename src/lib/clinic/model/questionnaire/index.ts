export { nextQuestion, outcomeSchema, read, type Outcome, type Reading } from './answers.ts';
export { preConsult } from './built-in/pre-consult.ts';
export { triage } from './built-in/triage.ts';
export { problemsOf, type Finding } from './check.ts';
export {
  answersSchema,
  questionnaireSchema,
  type Answers,
  type PatientFacts,
  type Question,
  type Questionnaire,
  type Words,
} from './definition.ts';
