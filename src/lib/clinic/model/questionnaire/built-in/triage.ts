import type { Questionnaire, SimpleCondition, Words } from '../definition.ts';

const words = (zh: string, en: string): Words => ({ zh, en });
const option = (id: string, zh: string, en: string) => ({ id, text: words(zh, en) });
const danger = (is: string): SimpleCondition => ({ question: 'danger', is });
const complaint = (is: string): SimpleCondition => ({ question: 'complaint', is });

/** Degrees Celsius from which a fever counts in small children; ours, after common guidance on fever in under-fives. */
const FEVER = 38;
const HIGH_FEVER = 39;
const PREGNANCY_AGE: SimpleCondition[] = [
  { fact: 'sex', is: 'female' },
  { fact: 'ageMonths', atLeast: 12 * 12 },
  { fact: 'ageMonths', below: 55 * 12 },
];

/**
 * What everybody is asked first. Ours, after common triage scales: danger first, then the complaint, then how bad. It replaces nobody's judgement:
 * what it raises goes to a person at once.
 */
export const triage: Questionnaire = {
  title: words('分诊', 'Triage'),
  questions: [
    {
      id: 'danger',
      kind: 'multi',
      required: true,
      exclusive: 'none',
      text: words('现在有下面这些情况吗？可多选', 'Is any of this happening now? Choose all that apply'),
      options: [
        option('chest_pain_sweating', '胸口痛或发闷，出冷汗', 'Chest pain or tightness with cold sweat'),
        option('cannot_breathe', '喘不上气，说不出整句话', 'Too short of breath to speak a whole sentence'),
        option(
          'stroke_signs',
          '嘴歪、一侧手脚没力或说话不清',
          'Crooked mouth, weak arm or leg on one side, slurred speech',
        ),
        option('heavy_bleeding', '大量出血，止不住', 'Heavy bleeding that does not stop'),
        option('unconscious', '昏倒、抽搐或叫不醒', 'Fainted, having a fit or hard to wake'),
        option('swollen_throat', '嘴唇或喉咙突然肿起来', 'Lips or throat suddenly swollen'),
        option(
          'self_harm',
          '有伤害自己或不想活的想法',
          'Thoughts of harming yourself or not wanting to live',
        ),
        option('none', '都没有', 'None of these'),
      ],
    },
    {
      id: 'complaint',
      kind: 'single',
      required: true,
      text: words('这次主要看什么？', 'What is it mainly about?'),
      options: [
        option('review', '复查、续药', 'Check-up or more of the same medicine'),
        option('fever', '发热', 'Fever'),
        option('cough', '咳嗽、嗓子痛、流鼻涕', 'Cough, sore throat, runny nose'),
        option('chest', '胸痛、心慌', 'Chest pain or racing heart'),
        option('belly', '肚子痛、呕吐、腹泻', 'Belly pain, vomiting, diarrhoea'),
        option('head', '头痛、头晕', 'Headache or dizziness'),
        option('joints', '腰腿、关节痛或受伤', 'Back, leg or joint pain, or an injury'),
        option('skin', '皮肤问题', 'Skin'),
        option('urine', '小便问题', 'Passing water'),
        option('pregnancy', '怀孕、妇科', 'Pregnancy or women’s health'),
        option('mood', '情绪、睡眠', 'Mood or sleep'),
        option('other', '其他', 'Something else'),
      ],
    },
    {
      id: 'complaint_other',
      kind: 'text',
      maxLength: 200,
      required: true,
      showIf: complaint('other'),
      text: words('请用几个字说一说', 'Please say it in a few words'),
    },
    {
      id: 'young_infant',
      kind: 'yes_no',
      required: true,
      showIf: { all: [complaint('fever'), { fact: 'ageMonths', unknown: true }] },
      text: words('是不满 3 个月的婴儿吗？', 'Is it a baby younger than 3 months?'),
    },
    {
      id: 'temperature',
      kind: 'number',
      unit: words('℃', '°C'),
      min: 34,
      max: 43,
      required: false,
      showIf: { any: [complaint('fever'), complaint('cough')] },
      text: words('最高体温多少度？没量过可以跳过', 'Highest temperature? Skip if not measured'),
    },
    {
      id: 'stiff_neck',
      kind: 'yes_no',
      required: true,
      showIf: { any: [complaint('head'), complaint('fever')] },
      text: words('头痛得像从没有过那样，或脖子发硬？', 'The worst headache ever, or a stiff neck?'),
    },
    {
      id: 'black_stool',
      kind: 'yes_no',
      required: true,
      showIf: complaint('belly'),
      text: words('吐血、便血，或大便像柏油一样黑？', 'Blood in vomit or stool, or stool black as tar?'),
    },
    {
      id: 'pregnant',
      kind: 'single',
      required: true,
      showIf: { all: PREGNANCY_AGE },
      text: words('现在怀孕了吗？', 'Are you pregnant now?'),
      options: [
        option('yes', '是', 'Yes'),
        option('no', '不是', 'No'),
        option('unsure', '不确定', 'Not sure'),
      ],
    },
    {
      id: 'pregnancy_bleeding',
      kind: 'yes_no',
      required: true,
      showIf: { question: 'pregnant', isNot: 'no' },
      text: words('阴道出血，或肚子一阵阵痛？', 'Bleeding from the vagina, or belly pain in waves?'),
    },
    {
      id: 'pain',
      kind: 'scale',
      min: 0,
      max: 10,
      lowest: words('不痛', 'No pain'),
      highest: words('痛得受不了', 'Unbearable'),
      required: true,
      text: words('现在有多痛？', 'How bad is the pain now?'),
    },
    {
      id: 'since',
      kind: 'single',
      required: true,
      text: words('多久了？', 'Since when?'),
      options: [
        option('today', '今天', 'Today'),
        option('days', '几天', 'Some days'),
        option('weeks', '几周', 'Some weeks'),
        option('longer', '更久', 'Longer'),
      ],
    },
  ],
  redFlags: [
    {
      id: 'heart',
      severity: 'emergency',
      when: danger('chest_pain_sweating'),
      message: words('胸痛伴冷汗，可能是心脏急症', 'Chest pain with cold sweat: it may be the heart'),
    },
    {
      id: 'breathing',
      severity: 'emergency',
      when: danger('cannot_breathe'),
      message: words('严重呼吸困难', 'Severe shortness of breath'),
    },
    {
      id: 'stroke',
      severity: 'emergency',
      when: danger('stroke_signs'),
      message: words('可能是中风，请记下发作时间', 'Signs of a stroke; note when it began'),
    },
    {
      id: 'bleeding',
      severity: 'emergency',
      when: danger('heavy_bleeding'),
      message: words('大量出血', 'Heavy bleeding'),
    },
    {
      id: 'consciousness',
      severity: 'emergency',
      when: danger('unconscious'),
      message: words('昏倒、抽搐或意识不清', 'Fainting, a fit or clouded consciousness'),
    },
    {
      id: 'allergic_shock',
      severity: 'emergency',
      when: danger('swollen_throat'),
      message: words('可能是严重过敏', 'It may be a severe allergic reaction'),
    },
    {
      id: 'suicide',
      severity: 'emergency',
      when: danger('self_harm'),
      message: words(
        '有自伤或轻生想法，不要让病人独处',
        'Thoughts of suicide: the patient must not be alone',
      ),
    },
    {
      id: 'infant_fever',
      severity: 'emergency',
      when: {
        any: [
          {
            all: [
              { fact: 'ageMonths', below: 3 },
              { question: 'temperature', atLeast: FEVER },
            ],
          },
          // Fever is what they came for, though nobody has measured it.
          {
            all: [
              { fact: 'ageMonths', below: 3 },
              { question: 'complaint', is: 'fever' },
            ],
          },
          { question: 'young_infant', is: true },
        ],
      },
      message: words('3 个月以下婴儿发热', 'Fever in a baby under 3 months'),
    },
    {
      id: 'small_child_high_fever',
      severity: 'urgent',
      when: {
        all: [
          { fact: 'ageMonths', below: 6 },
          { question: 'temperature', atLeast: HIGH_FEVER },
        ],
      },
      message: words('6 个月以下婴儿高热', 'High fever in a baby under 6 months'),
    },
    {
      id: 'meninges',
      severity: 'emergency',
      when: { question: 'stiff_neck', is: true },
      message: words('剧烈头痛或颈部发硬', 'Sudden severe headache or stiff neck'),
    },
    {
      id: 'gut_bleeding',
      severity: 'emergency',
      when: { question: 'black_stool', is: true },
      message: words('可能消化道出血', 'Possible bleeding in the gut'),
    },
    {
      id: 'pregnancy',
      severity: 'emergency',
      when: { question: 'pregnancy_bleeding', is: true },
      message: words('孕期出血或阵痛', 'Bleeding or pains in pregnancy'),
    },
    {
      id: 'severe_pain',
      severity: 'urgent',
      when: { question: 'pain', atLeast: 8 },
      message: words('剧烈疼痛', 'Severe pain'),
    },
  ],
  advice: [
    { when: { fact: 'ageMonths', below: 14 * 12 }, specialty: 'paediatrics' },
    { when: { question: 'pregnant', is: 'yes' }, specialty: 'obstetrics_gynaecology' },
    { when: complaint('pregnancy'), specialty: 'obstetrics_gynaecology' },
    { when: complaint('fever'), specialty: 'infectious_diseases' },
    { when: complaint('cough'), specialty: 'respiratory' },
    { when: complaint('chest'), specialty: 'cardiology', urgency: 'urgent' },
    { when: complaint('belly'), specialty: 'gastroenterology' },
    { when: complaint('head'), specialty: 'neurology' },
    { when: complaint('joints'), specialty: 'orthopaedics' },
    { when: complaint('skin'), specialty: 'dermatology' },
    { when: complaint('urine'), specialty: 'urology' },
    { when: complaint('mood'), specialty: 'psychiatry' },
    { when: { any: [complaint('review'), complaint('other')] }, specialty: 'general_practice' },
  ],
};
