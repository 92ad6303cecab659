import { z } from 'zod';
import { boxCallSchema, callIdSchema, callReasonSchema } from './box-calls.ts';
import { boxReportSchema, boxWishesSchema } from './fleet.ts';
import { boxIdSchema, displayNameSchema, feedIdSchema, roomIdSchema } from './ids.ts';
import { keepOutcomeSchema } from './kept-picture.ts';
import { inRoom, nothing, type RequestDefinition } from './request-definition.ts';
import { CONFIRMED_SIDES, patientStripSchema } from './room-model.ts';

/** What boxes say, and what people say of them. */
export const BOX_REQUESTS = {
  'box.attach': {
    scope: 'room',
    capability: 'box.attach',
    limit: 'control',
    request: z.strictObject({ ...inRoom, boxId: boxIdSchema }),
    response: nothing,
  },
  'box.detach': {
    scope: 'room',
    capability: 'box.attach',
    limit: 'control',
    request: z.strictObject({ ...inRoom, boxId: boxIdSchema }),
    response: nothing,
  },
  'box.hello': {
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: z.strictObject({ version: z.string().regex(/^[0-9A-Za-z.+-]{1,32}$/) }),
    response: z.object({ boxId: boxIdSchema, name: displayNameSchema, roomId: roomIdSchema.nullable() }),
  },
  'box.report': {
    // How the box is; every ten seconds, and at once after `box.wanted`. The answer says what the hub wants of it.
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: boxReportSchema,
    response: boxWishesSchema,
  },
  'box.call': {
    // Somebody beside the box asks for help. Sent again with the same id it is the same call, and answers how that stands.
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: z.strictObject({ callId: callIdSchema, reason: callReasonSchema.optional() }),
    response: boxCallSchema,
  },
  'box.cancelCall': {
    scope: 'hub',
    capability: 'box.serve',
    limit: 'control',
    request: z.strictObject({ callId: callIdSchema }),
    response: boxCallSchema,
  },
  'box.confirmPatient': {
    // Beside the box somebody says that this is the patient, and which side is examined.
    scope: 'room',
    capability: 'patient.confirm',
    limit: 'control',
    request: z.strictObject({
      ...inRoom,
      /** As the screen showed them: another patient by now is refused. */
      patient: patientStripSchema.pick({ maskedName: true, maskedId: true }).strict(),
      laterality: z.enum(CONFIRMED_SIDES),
    }),
    response: nothing,
  },
  'box.keepPicture': {
    // The device picture of this feed, in the device's own size, for the record. Answered when the box has it safely, or will not.
    scope: 'room',
    capability: 'picture.keep',
    limit: 'control',
    request: z.strictObject({ ...inRoom, feedId: feedIdSchema }),
    response: z.object({ outcome: keepOutcomeSchema }),
  },
  'box.pictureKept': {
    // What became of the `box.keepPicture` that the box was told.
    scope: 'room',
    capability: 'picture.take',
    limit: 'control',
    request: z.strictObject({ ...inRoom, askId: z.uuid(), outcome: keepOutcomeSchema }),
    response: nothing,
  },
} as const satisfies Record<string, RequestDefinition>;
