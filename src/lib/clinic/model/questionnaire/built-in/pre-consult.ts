import type { Questionnaire, Words } from '../definition.ts';

const words = (zh: string, en: string): Words => ({ zh, en });
const option = (id: string, zh: string, en: string) => ({ id, text: words(zh, en) });

/** What the doctor wants to know before the visit; ours, after what an outpatient record (门诊病历) asks for. */
export const preConsult: Questionnaire = {
  title: words('诊前问卷', 'Before the visit'),
  questions: [
    {
      id: 'story',
      kind: 'text',
      maxLength: 1_000,
      required: true,
      text: words('哪里不舒服？什么时候开始的？', 'What is wrong, and when did it begin?'),
    },
    {
      id: 'history',
      kind: 'multi',
      required: true,
      exclusive: 'none',
      text: words('以前得过这些病吗？', 'Have you had any of these?'),
      options: [
        option('hypertension', '高血压', 'High blood pressure'),
        option('diabetes', '糖尿病', 'Diabetes'),
        option('heart', '心脏病', 'Heart disease'),
        option('stroke', '中风', 'Stroke'),
        option('lungs', '哮喘、慢阻肺', 'Asthma or COPD'),
        option('kidney', '肾病', 'Kidney disease'),
        option('liver', '肝病', 'Liver disease'),
        option('tumour', '肿瘤', 'Cancer'),
        option('operation', '做过手术', 'An operation'),
        option('none', '都没有', 'None'),
      ],
    },
    {
      id: 'operation_which',
      kind: 'text',
      maxLength: 200,
      required: false,
      showIf: { question: 'history', is: 'operation' },
      text: words('什么手术？哪一年？', 'Which operation, and in which year?'),
    },
    {
      id: 'allergy',
      kind: 'yes_no',
      required: true,
      text: words('对药物或食物过敏吗？', 'Are you allergic to any medicine or food?'),
    },
    {
      id: 'allergy_which',
      kind: 'text',
      maxLength: 300,
      required: true,
      showIf: { question: 'allergy', is: true },
      text: words('对什么过敏？是什么反应？', 'To what, and what happened?'),
    },
    {
      id: 'medicine',
      kind: 'yes_no',
      required: true,
      text: words('现在在吃药吗？', 'Are you taking any medicine?'),
    },
    {
      id: 'medicine_which',
      kind: 'text',
      maxLength: 500,
      required: true,
      showIf: { question: 'medicine', is: true },
      text: words('什么药？每天吃多少？', 'Which, and how much a day?'),
      help: words('看着药盒写，也可以只写药名', 'Read it from the box; the names alone will do'),
    },
    {
      id: 'pregnant',
      kind: 'single',
      required: true,
      // Whom it can concern: women from 12 to 54.
      showIf: {
        all: [
          { fact: 'sex', is: 'female' },
          { fact: 'ageMonths', atLeast: 12 * 12 },
          { fact: 'ageMonths', below: 55 * 12 },
        ],
      },
      text: words('是否怀孕或哺乳？', 'Pregnant or breastfeeding?'),
      options: [
        option('pregnant', '怀孕', 'Pregnant'),
        option('breastfeeding', '哺乳', 'Breastfeeding'),
        option('no', '都不是', 'Neither'),
        option('unsure', '不确定', 'Not sure'),
      ],
    },
    {
      id: 'last_period',
      kind: 'date',
      required: false,
      showIf: { question: 'pregnant', isNot: 'no' },
      text: words('末次月经第一天', 'First day of the last period'),
    },
    {
      id: 'smoking',
      kind: 'yes_no',
      required: false,
      showIf: { fact: 'ageMonths', atLeast: 14 * 12 },
      text: words('抽烟吗？', 'Do you smoke?'),
    },
    {
      id: 'wish',
      kind: 'text',
      maxLength: 300,
      required: false,
      text: words('最想问医生什么？', 'What would you most like to ask the doctor?'),
    },
  ],
  redFlags: [],
  advice: [],
};
