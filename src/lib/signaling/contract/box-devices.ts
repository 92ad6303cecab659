import { z } from 'zod';

/** Devices that a box can stream from, and where it plays the voices of the far end. */

/** As the box's device registry names it, e.g. `v4l2:usb-Magewell_USB_Capture-video-index0`: survives replugging. */
const v4l2Id = z.string().regex(/^v4l2:[\x21-\x7e]{1,200}$/);
const alsaId = z.string().regex(/^alsa:[\x21-\x7e]{1,200}$/);

const pictureSize = {
  width: z.int().min(160).max(3840).multipleOf(2),
  height: z.int().min(120).max(2160).multipleOf(2),
  framesPerSecond: z.int().min(1).max(60),
};

/** Credentials have fields of their own, so that the address can be logged and shown. */
const noCredentials = { error: 'user and password have fields of their own' };
const credentials = {
  user: z.string().min(1).max(64).optional(),
  password: z.string().max(128).optional(),
};

const v4l2Schema = z.strictObject({
  kind: z.literal('v4l2'),
  deviceId: v4l2Id,
  /** FFmpeg's name of what the device is to deliver, e.g. `mjpeg`, `yuyv422`, `h264`; unset: the device's own choice. */
  pixelFormat: z
    .string()
    .regex(/^[a-z0-9_]{1,24}$/)
    .optional(),
  ...pictureSize,
});

const rtspSchema = z.strictObject({
  kind: z.literal('rtsp'),
  url: z
    .url({ protocol: /^rtsps?$/ })
    .max(512)
    .refine((url) => !/^rtsps?:\/\/[^/]*@/i.test(url), noCredentials),
  ...credentials,
  /** Hand the camera's own H.264 on untouched while it fits the link and browsers can play it. Default: yes. */
  passThrough: z.boolean().optional(),
  ...pictureSize,
});

/** A file, played at its own speed and again from the start at its end. */
const fileSchema = z.strictObject({
  kind: z.literal('file'),
  path: z.string().regex(/^\/[^\0]{1,1023}$/, { error: 'an absolute path' }),
  ...pictureSize,
});

/** Whatever FFmpeg opens and no other kind covers: a filter graph with `lavfi`, another kind of camera. */
const ffmpegInput = {
  kind: z.literal('ffmpeg'),
  url: z.string().min(1).max(2048),
  inputFormat: z.string().max(32).optional(),
  inputOptions: z.record(z.string().max(64), z.string().max(256)).optional(),
};

export const videoSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sector-scan'), ...pictureSize }),
  z.strictObject({ kind: z.literal('room-camera'), ...pictureSize }),
  v4l2Schema,
  rtspSchema,
  fileSchema,
  z.strictObject({
    ...ffmpegInput,
    /** Burn the capture clock into the picture (tests and benches). */
    burnClock: z.boolean().optional(),
    ...pictureSize,
  }),
]);
export type VideoSource = z.infer<typeof videoSourceSchema>;

export const audioSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('heart-sound') }),
  z.strictObject({ kind: z.literal('alsa'), deviceId: alsaId }),
  z.strictObject(ffmpegInput),
]);
export type AudioSource = z.infer<typeof audioSourceSchema>;

export const talkBackSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('alsa'), deviceId: alsaId }),
  z.strictObject({ kind: z.literal('none') }),
]);
export type TalkBack = z.infer<typeof talkBackSchema>;
