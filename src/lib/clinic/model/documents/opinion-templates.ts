import type { Specialty } from '../../../signaling/contract/index.ts';

/** Text to begin a consult's opinion with, section by section; the writer replaces what stands after each colon. */
export type OpinionTemplate = Readonly<Record<string, string>>;
type Locale = 'zh-CN' | 'en';

/** What the section `findings` asks for, by specialty: the lines that a colleague of the field would want to read. Ours. */
const FINDINGS: Readonly<Record<Locale, Partial<Record<Specialty, string>> & { general: string }>> = {
  'zh-CN': {
    general: '症状与体征：\n检验结果：\n影像所见：',
    ultrasound: '检查部位与切面：\n大小与形态：\n回声：\n血流信号：\n测量值：',
    radiology: '检查方法与序列：\n病灶部位与大小：\n密度或信号：\n强化特点：\n与既往比较：',
    cardiology: '心率与节律：\n血压：\n心电图：\n超声心动图（射血分数）：\n心肌标志物：',
    respiratory: '呼吸频率与血氧：\n肺部听诊：\n胸部影像：\n血气分析：',
    neurology: '意识与言语：\n颅神经：\n肌力与肌张力：\n病理征：\n头颅影像：',
    dermatology: '皮损部位：\n形态与边界：\n颜色与大小：\n皮肤镜所见：',
    obstetrics_gynaecology: '末次月经与孕周：\n腹部与盆腔检查：\n胎心：\n超声所见：',
    paediatrics: '年龄与体重：\n体温、心率、呼吸：\n精神与喂养：\n体格检查：',
    orthopaedics: '部位与侧别：\n肿胀、畸形、压痛：\n活动度：\n末梢血运与感觉：\n影像所见：',
    ophthalmology: '眼别：\n视力：\n眼压：\n裂隙灯所见：\n眼底：',
    pathology: '标本：\n大体所见：\n镜下所见：\n免疫组化：',
  },
  en: {
    general: 'Symptoms and signs:\nLaboratory:\nImaging:',
    ultrasound: 'Part and planes:\nSize and shape:\nEchoes:\nFlow:\nMeasurements:',
    radiology:
      'Method and sequences:\nSite and size:\nDensity or signal:\nEnhancement:\nCompared with before:',
    cardiology:
      'Rate and rhythm:\nBlood pressure:\nECG:\nEchocardiogram (ejection fraction):\nCardiac markers:',
    respiratory: 'Respiratory rate and oxygen saturation:\nAuscultation:\nChest imaging:\nBlood gases:',
    neurology:
      'Consciousness and speech:\nCranial nerves:\nPower and tone:\nPathological reflexes:\nBrain imaging:',
    dermatology: 'Site:\nShape and border:\nColour and size:\nDermatoscopy:',
    obstetrics_gynaecology:
      'Last period and gestation:\nAbdominal and pelvic examination:\nFetal heart:\nUltrasound:',
    paediatrics:
      'Age and weight:\nTemperature, pulse, respiration:\nAlertness and feeding:\nPhysical examination:',
    orthopaedics:
      'Part and side:\nSwelling, deformity, tenderness:\nRange of motion:\nDistal circulation and sensation:\nImaging:',
    ophthalmology: 'Eye:\nAcuity:\nPressure:\nSlit lamp:\nFundus:',
    pathology: 'Specimen:\nMacroscopy:\nMicroscopy:\nImmunohistochemistry:',
  },
};

const REST: Readonly<Record<Locale, OpinionTemplate>> = {
  'zh-CN': {
    impression: '1.',
    advice: '进一步检查：\n治疗：\n需要转诊的情况：',
    followUp: '复查时间：\n复查项目：',
  },
  en: {
    impression: '1.',
    advice: 'Further tests:\nTreatment:\nRefer when:',
    followUp: 'When:\nWhat:',
  },
};

/** Null: whoever could come first was asked, of any field. */
export function opinionTemplate(specialty: Specialty | null, locale: Locale): OpinionTemplate {
  const findings = (specialty && FINDINGS[locale][specialty]) ?? FINDINGS[locale].general;
  return { findings, ...REST[locale] };
}
