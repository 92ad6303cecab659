export { publishedQuestionnaire } from './published.ts';
export { Questionnaires, type QuestionnaireVersion } from './questionnaires.ts';
