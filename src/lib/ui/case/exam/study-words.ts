import type { ExamModality, Laterality, Preparation } from '../../../clinic/model/exam/body-parts.ts';
import { m } from '../../../paraglide/messages.js';
import type { StudyField } from './study-draft.ts';

const FIELD: Record<StudyField, () => string> = {
  part: m.exam_part,
  side: m.exam_side,
  reason: m.exam_reason,
  question: m.exam_question,
};
/** What a field of an order is called. */
export const studyFieldText = (field: StudyField): string => FIELD[field]();

const MODALITY: Record<ExamModality, () => string> = {
  ultrasound: m.exam_modality_ultrasound,
  endoscopy: m.exam_modality_endoscopy,
  pathology: m.exam_modality_pathology,
  dermatology: m.exam_modality_dermatology,
  ecg: m.exam_modality_ecg,
};
export const modalityText = (modality: ExamModality): string => MODALITY[modality]();

const SIDE: Record<Laterality, () => string> = {
  left: m.patient_side_left,
  right: m.patient_side_right,
  both: m.patient_side_both,
  none: m.patient_side_none,
};
export const sideText = (side: Laterality): string => SIDE[side]();

const PART: Record<string, () => string> = {
  abdomen: m.exam_part_abdomen,
  liver_gallbladder: m.exam_part_liver_gallbladder,
  kidney: m.exam_part_kidney,
  bladder: m.exam_part_bladder,
  pelvis: m.exam_part_pelvis,
  obstetric: m.exam_part_obstetric,
  thyroid: m.exam_part_thyroid,
  heart: m.exam_part_heart,
  breast: m.exam_part_breast,
  carotid: m.exam_part_carotid,
  lung: m.exam_part_lung,
  scrotum: m.exam_part_scrotum,
  shoulder: m.exam_part_shoulder,
  knee: m.exam_part_knee,
  arm_vessels: m.exam_part_arm_vessels,
  leg_vessels: m.exam_part_leg_vessels,
  soft_tissue: m.exam_part_soft_tissue,
  stomach: m.exam_part_stomach,
  colon: m.exam_part_colon,
  bronchus: m.exam_part_bronchus,
  larynx: m.exam_part_larynx,
  nose: m.exam_part_nose,
  ear: m.exam_part_ear,
  cervix: m.exam_part_cervix,
  lymph_node: m.exam_part_lymph_node,
  skin: m.exam_part_skin,
  face: m.exam_part_face,
  scalp: m.exam_part_scalp,
  trunk: m.exam_part_trunk,
  arm: m.exam_part_arm,
  hand: m.exam_part_hand,
  leg: m.exam_part_leg,
  foot: m.exam_part_foot,
};
/** Ids are those of the clinic's `BODY_PARTS`. */
export const partText = (part: string): string => PART[part]?.() ?? part;

const PREPARATION: Record<Preparation, () => string> = {
  fasting_8_hours: m.exam_prep_fasting_8_hours,
  full_bladder: m.exam_prep_full_bladder,
  bowel_cleansed: m.exam_prep_bowel_cleansed,
  anticoagulants_checked: m.exam_prep_anticoagulants_checked,
  escort_present: m.exam_prep_escort_present,
  rested_5_minutes: m.exam_prep_rested_5_minutes,
  skin_prepared: m.exam_prep_skin_prepared,
  cosmetics_removed: m.exam_prep_cosmetics_removed,
  area_exposed: m.exam_prep_area_exposed,
  specimen_labelled: m.exam_prep_specimen_labelled,
  slide_scanned: m.exam_prep_slide_scanned,
};
export const preparationText = (item: Preparation): string => PREPARATION[item]();
