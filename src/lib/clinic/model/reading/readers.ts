import type { Specialty } from '../../../signaling/contract/index.ts';
import type { ExamModality } from '../exam/body-parts.ts';

/** Whose subject the pictures of a modality are. */
export const READER_SPECIALTIES: Readonly<Record<ExamModality, readonly Specialty[]>> = {
  ultrasound: ['ultrasound', 'radiology'],
  endoscopy: ['gastroenterology', 'respiratory', 'otolaryngology'],
  pathology: ['pathology'],
  dermatology: ['dermatology'],
  ecg: ['cardiology'],
};

/** Who decides between two readers: 正高 and 副高, as hospitals write them. */
const SENIOR_TITLES: readonly string[] = ['主任医师', '副主任医师'];
export const isSenior = (title: string): boolean => SENIOR_TITLES.includes(title);
