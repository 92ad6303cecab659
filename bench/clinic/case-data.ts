import { emptyConsult } from '../../src/lib/clinic/model/consult/consult-data.ts';
import { unidentified } from '../../src/lib/clinic/model/exam/identification.ts';
import { newOutpatient } from '../../src/lib/clinic/model/outpatient/outpatient-data.ts';
import type { ReadingData } from '../../src/lib/clinic/model/reading/reading-data.ts';
import type { ExamData } from '../../src/lib/clinic/model/workflows/exam.ts';
import type { CaseKind } from '../../src/lib/signaling/contract/index.ts';

const SUMMARY = '女，65 岁。右上腹痛三天，伴发热，墨菲征阳性，无黄疸。既往高血压十年，服药控制。'.repeat(8);
const study = { modality: 'ultrasound', bodyPart: 'kidney', laterality: 'left' } as const;
const asked = { reason: '左侧腰痛三天', question: '有无结石或积水？' };

const exam: ExamData = {
  order: { ...study, ...asked, preparation: [] },
  preparation: [],
  overdueSinceMs: null,
  expertId: null,
  boxId: null,
  selfTest: null,
  identification: unidentified('left'),
  findings: [{ text: SUMMARY, by: null, atMs: 0 }],
  reportedBy: null,
  ended: null,
};
const reading: ReadingData = {
  study,
  ...asked,
  examCaseId: null,
  images: [],
  sentAtMs: 0,
  secondReader: null,
  holderId: null,
  first: { findings: SUMMARY, impression: '左肾结石', critical: false, by: null, atMs: 0 },
  second: null,
  adjudication: null,
  result: null,
  returns: [],
  decisions: [],
  ended: null,
};

/** What a case holds, by its kind, as long as such a thing is; who takes part in it is added to it. */
export const CASE_DATA: Readonly<Record<CaseKind, object>> = {
  consult: {
    ...emptyConsult,
    request: { reason: '右上腹痛三天', purpose: '明确诊断', summary: SUMMARY, specialty: 'general_surgery' },
  },
  outpatient: { ...newOutpatient('高血压复诊'), note: { text: SUMMARY, by: null, atMs: 0 } },
  exam,
  reading,
  surgery: { booking: { procedure: '腹腔镜胆囊切除术', site: '胆囊', indication: SUMMARY } },
};
