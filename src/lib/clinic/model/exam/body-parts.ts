import { z } from 'zod';
import type { examModalitySchema, lateralitySchema } from '../../../signaling/contract/index.ts';

export type ExamModality = z.infer<typeof examModalitySchema>;
export type Laterality = z.infer<typeof lateralitySchema>;

/** What a patient, or a specimen, has to bring along for an exam to be worth anything; usual practice, names in the UI. */
export const PREPARATIONS = [
  'fasting_8_hours',
  'full_bladder',
  'bowel_cleansed',
  'anticoagulants_checked',
  'escort_present',
  'rested_5_minutes',
  'skin_prepared',
  'cosmetics_removed',
  'area_exposed',
  'specimen_labelled',
  'slide_scanned',
] as const;
export const preparationSchema = z.enum(PREPARATIONS);
export type Preparation = (typeof PREPARATIONS)[number];

interface BodyPart {
  /** It exists on the left and on the right: an order has to say which. */
  sided: boolean;
  preparation: readonly Preparation[];
}

const one = (...preparation: Preparation[]): BodyPart => ({ sided: false, preparation });
const sided = (...preparation: Preparation[]): BodyPart => ({ sided: true, preparation });

/** What each modality looks at. */
export const BODY_PARTS: Readonly<Record<ExamModality, Readonly<Record<string, BodyPart>>>> = {
  ultrasound: {
    abdomen: one('fasting_8_hours'),
    liver_gallbladder: one('fasting_8_hours'),
    kidney: sided(),
    bladder: one('full_bladder'),
    pelvis: one('full_bladder'),
    obstetric: one(),
    thyroid: one(),
    heart: one(),
    breast: sided(),
    carotid: sided(),
    lung: sided(),
    scrotum: sided(),
    shoulder: sided(),
    knee: sided(),
    arm_vessels: sided(),
    leg_vessels: sided(),
    soft_tissue: sided(),
  },
  endoscopy: {
    stomach: one('fasting_8_hours', 'anticoagulants_checked', 'escort_present'),
    colon: one('bowel_cleansed', 'anticoagulants_checked', 'escort_present'),
    bronchus: one('fasting_8_hours', 'anticoagulants_checked', 'escort_present'),
    larynx: one(),
    nose: sided(),
    ear: sided(),
  },
  pathology: {
    stomach: one('specimen_labelled', 'slide_scanned'),
    colon: one('specimen_labelled', 'slide_scanned'),
    cervix: one('specimen_labelled', 'slide_scanned'),
    thyroid: sided('specimen_labelled', 'slide_scanned'),
    breast: sided('specimen_labelled', 'slide_scanned'),
    lung: sided('specimen_labelled', 'slide_scanned'),
    kidney: sided('specimen_labelled', 'slide_scanned'),
    lymph_node: sided('specimen_labelled', 'slide_scanned'),
    skin: sided('specimen_labelled', 'slide_scanned'),
  },
  dermatology: {
    face: one('cosmetics_removed'),
    scalp: one(),
    trunk: one('area_exposed'),
    arm: sided('area_exposed'),
    hand: sided(),
    leg: sided('area_exposed'),
    foot: sided('area_exposed'),
  },
  ecg: { heart: one('rested_5_minutes', 'skin_prepared') },
};

export function bodyPartOf(modality: ExamModality, name: string): BodyPart | null {
  const parts = BODY_PARTS[modality];
  return Object.hasOwn(parts, name) ? (parts[name] ?? null) : null;
}

/** The sides that an order for this part may name; none when the modality does not look at such a part. */
export function sidesOf(modality: ExamModality, name: string): readonly Laterality[] {
  const part = bodyPartOf(modality, name);
  if (!part) return [];
  return part.sided ? ['left', 'right', 'both'] : ['none'];
}
