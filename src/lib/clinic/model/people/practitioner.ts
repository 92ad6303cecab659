import { z } from 'zod';
import {
  departmentIdSchema,
  displayNameSchema,
  lineSchema,
  paragraphSchema,
  specialtySchema,
} from '../../../signaling/contract/index.ts';

export const departmentNameSchema = displayNameSchema;
export const introductionSchema = paragraphSchema.nullable();

/** What an administrator says of an account as a professional. */
export const practitionerSchema = z.strictObject({
  realName: displayNameSchema,
  /** 医师执业证书编码 has 15 digits; certificates of nurses and pharmacists differ by province. */
  licenceNumber: z
    .string()
    .transform((typed) => typed.normalize('NFKC').replace(/\s+/g, '').toUpperCase())
    .refine((number) => /^[A-Z0-9-]{4,32}$/.test(number), { error: 'no number of a licence' })
    .nullable(),
  title: lineSchema,
  specialties: z.array(specialtySchema).max(8).refine(isSet, { error: 'names a specialty twice' }),
  departmentId: departmentIdSchema.nullable(),
  introduction: introductionSchema,
});
export type PractitionerInput = z.input<typeof practitionerSchema>;

function isSet(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
