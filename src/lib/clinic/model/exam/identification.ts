import { z } from 'zod';
import {
  lateralitySchema,
  lineSchema,
  patientStripSchema,
  type ErrorCode,
} from '../../../signaling/contract/index.ts';
import type { Laterality } from './body-parts.ts';

/** What one end says of who lies there and which side it is. */
export const confirmInput = z
  .strictObject({
    /** As the patient says it. */
    name: lineSchema.optional(),
    /** The last four of the identity document. */
    idTail: z
      .string()
      .regex(/^[0-9A-Za-z]{4}$/)
      .optional(),
    /** As the box showed it when somebody beside it said that this is the patient. */
    shown: patientStripSchema.pick({ maskedName: true, maskedId: true }).strict().optional(),
    laterality: lateralitySchema,
    /** The hub's own comparison with the patient's record; what a client says here is not taken. */
    person: z.enum(['same', 'other', 'unknown']),
  })
  .refine(({ name, idTail, shown }) => name !== undefined || idTail !== undefined || shown !== undefined, {
    error: 'the name, or the last four of the document',
  });
export type ConfirmInput = z.output<typeof confirmInput>;

interface Confirmation {
  laterality: Laterality;
  /** Null: the box itself. */
  by: string | null;
  atMs: number;
}

/** A span of time in which both ends had confirmed the same. */
export interface PicturePeriod {
  fromMs: number;
  untilMs: number | null;
  /** `quarantined`: a mismatch was found afterwards, and nobody has decided yet. `void`: not this patient's, or not this side; kept all the same. */
  standing: 'counted' | 'quarantined' | 'void';
}

export interface Identification {
  /** The side that was ordered, or to which the order was changed. */
  laterality: Laterality;
  bedside: Confirmation | null;
  farEnd: Confirmation | null;
  mismatch: 'wrong_patient' | 'wrong_side' | null;
  periods: readonly PicturePeriod[];
}

export const unidentified = (laterality: Laterality): Identification => ({
  laterality,
  bedside: null,
  farEnd: null,
  mismatch: null,
  periods: [],
});

/** Pictures count while both ends stand by the same patient and the side that was ordered, and at no other time. */
export function isIdentified({ laterality, bedside, farEnd, mismatch }: Identification): boolean {
  return mismatch === null && bedside?.laterality === laterality && farEnd?.laterality === laterality;
}

export function confirmed(
  before: Identification,
  end: 'bedside' | 'farEnd',
  { laterality, person }: ConfirmInput,
  { atMs, accountId }: { atMs: number; accountId: string | null },
): Identification {
  if (person !== 'same') return mismatched(before, 'wrong_patient', atMs);
  if (laterality !== before.laterality) return mismatched(before, 'wrong_side', atMs);
  return timed(before, { ...before, [end]: { laterality, by: accountId, atMs } }, atMs);
}

/** Nothing to compare with is no mismatch: say something else. Who speaks for themselves says what the patient said, not what a screen shows. */
export function confirmRefusal(
  { person, shown }: ConfirmInput,
  by: string | null,
): { code: ErrorCode; message: string } | null {
  if (shown !== undefined && by !== null)
    return { code: 'forbidden', message: 'a person confirms by what the patient says' };
  return person === 'unknown'
    ? { code: 'invalid_message', message: 'the record holds no document; confirm by name' }
    : null;
}

function mismatched(
  before: Identification,
  mismatch: NonNullable<Identification['mismatch']>,
  atMs: number,
): Identification {
  const after = withdrawn(before, atMs);
  // Whoever lies there now may have lain there before: what was taken waits for a decision.
  return {
    ...after,
    mismatch,
    periods: after.periods.map((period) =>
      period.standing === 'counted' ? { ...period, standing: 'quarantined' } : period,
    ),
  };
}

/** Both ends have to confirm again; `end`: only that one. */
export function withdrawn(before: Identification, atMs: number, end?: 'bedside' | 'farEnd'): Identification {
  const none = end === undefined ? { bedside: null, farEnd: null } : { [end]: null };
  return timed(before, { ...before, ...none }, atMs);
}

/** Somebody has decided about what was taken before the mismatch; both ends confirm anew. */
export function reidentified(
  before: Identification,
  earlierPictures: 'counted' | 'void',
  atMs: number,
): Identification {
  const after = withdrawn(before, atMs);
  return {
    ...after,
    mismatch: null,
    periods: after.periods.map((period) =>
      period.standing === 'quarantined' ? { ...period, standing: earlierPictures } : period,
    ),
  };
}

function timed(before: Identification, after: Identification, atMs: number): Identification {
  if (isIdentified(before) === isIdentified(after)) return after;
  const periods: PicturePeriod[] = isIdentified(after)
    ? [...after.periods, { fromMs: atMs, untilMs: null, standing: 'counted' }]
    : after.periods.map((period) => (period.untilMs === null ? { ...period, untilMs: atMs } : period));
  return { ...after, periods };
}

/** What a picture taken at this moment of hub time is worth; `uncounted`: nobody had confirmed patient and side then. */
export function standingAt(
  { periods }: Identification,
  takenAtMs: number,
): PicturePeriod['standing'] | 'uncounted' {
  const period = periods.find(
    ({ fromMs, untilMs }) => takenAtMs >= fromMs && (untilMs === null || takenAtMs < untilMs),
  );
  return period?.standing ?? 'uncounted';
}

/** Whether a picture taken at this moment of hub time belongs to the exam. */
export const countsAt = (identification: Identification, takenAtMs: number): boolean =>
  standingAt(identification, takenAtMs) === 'counted';
