/**
 * The binary message of a vitals data channel: one block of samples of one signal. Box and browser share this file, so it uses
 * neither Node's Buffer nor anything else but DataView.
 *
 * Little endian, 40 bytes and then the samples:
 *
 *   0  u16  magic 0x5652 ("RV")
 *   2  u8   version, 1
 *   3  u8   flags: bit 0 simulated (not measured on a patient); bits 1–3 quality, in the order of VITALS_QUALITIES
 *   4  u32  sequence number of this signal, wraps
 *   8  f64  hub time of the first sample, ms since 1970
 *  16  f32  samples per second; 0 for a single reading
 *  20  u32  IEEE 11073 MDC code of what is measured (partition × 65536 + term)
 *  24  u32  MDC code of the unit
 *  28  f32  scale: value = sample × scale + offset
 *  32  f32  offset
 *  36  u16  number of samples, 1…2000
 *  38  u16  0
 *  40  i16  samples; -32768 means "no value"
 */
export const MDC = {
  ecgLeadI: 131_329,
  ecgLeadII: 131_330,
  ecgLeadV1: 131_331,
  ecgLeadV2: 131_332,
  ecgLeadV3: 131_333,
  ecgLeadV4: 131_334,
  ecgLeadV5: 131_335,
  ecgLeadV6: 131_336,
  ecgLeadIII: 131_389,
  ecgLeadAvr: 131_390,
  ecgLeadAvl: 131_391,
  ecgLeadAvf: 131_392,
  heartRate: 147_842,
  pulseRate: 149_530,
  systolicPressure: 150_021,
  diastolicPressure: 150_022,
  meanPressure: 150_023,
  temperature: 150_364,
  perfusionIndex: 150_448,
  plethysmogram: 150_452,
  spo2: 150_456,
  respirationRate: 151_562,
} as const;

export const MDC_UNIT = {
  millivolt: 266_418,
  beatsPerMinute: 264_864,
  breathsPerMinute: 264_928,
  percent: 262_688,
  degreeCelsius: 268_192,
  millimetreOfMercury: 266_016,
  dimensionless: 262_656,
} as const;

/** What is known about the samples. Anything but `ok` is not a value to act on. */
export const VITALS_QUALITIES = ['ok', 'lead-off', 'artefact', 'out-of-range', 'stale'] as const;
export type VitalsQuality = (typeof VITALS_QUALITIES)[number];

export const VITALS_HEADER_BYTES = 40;
export const VITALS_MAX_SAMPLES = 2_000;
export const VITALS_NO_VALUE = -32_768;
const MAGIC = 0x5652;
const VERSION = 1;
const SIMULATED = 0x01;
const QUALITY_SHIFT = 1;
const QUALITY_MASK = 0x07;
const MAX_RATE_HZ = 50_000;

export interface VitalsFrame {
  sequence: number;
  startHubMs: number;
  sampleRateHz: number;
  /** MDC code of what is measured. */
  code: number;
  /** MDC code of the unit. */
  unit: number;
  scale: number;
  offset: number;
  simulated: boolean;
  /** Unset: `ok`. */
  quality?: VitalsQuality;
  samples: Int16Array;
}

export class VitalsFrameError extends Error {
  override readonly name = 'VitalsFrameError';
}

export function encodeVitalsFrame(frame: VitalsFrame): Uint8Array<ArrayBuffer> {
  const problem = problemWith(frame);
  if (problem) throw new VitalsFrameError(problem);
  const { samples } = frame;
  const bytes = new Uint8Array(VITALS_HEADER_BYTES + samples.length * 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, VERSION);
  const quality = VITALS_QUALITIES.indexOf(frame.quality ?? 'ok');
  view.setUint8(3, (frame.simulated ? SIMULATED : 0) | (quality << QUALITY_SHIFT));
  view.setUint32(4, frame.sequence >>> 0, true);
  view.setFloat64(8, frame.startHubMs, true);
  view.setFloat32(16, frame.sampleRateHz, true);
  view.setUint32(20, frame.code, true);
  view.setUint32(24, frame.unit, true);
  view.setFloat32(28, frame.scale, true);
  view.setFloat32(32, frame.offset, true);
  view.setUint16(36, samples.length, true);
  samples.forEach((sample, i) => view.setInt16(VITALS_HEADER_BYTES + i * 2, sample, true));
  return bytes;
}

/**
 * Reads one message from the network.
 * @throws {VitalsFrameError} when it is not exactly one well-formed frame.
 */
export function decodeVitalsFrame(message: ArrayBuffer | Uint8Array): VitalsFrame {
  const view =
    message instanceof Uint8Array
      ? new DataView(message.buffer, message.byteOffset, message.byteLength)
      : new DataView(message);
  if (view.byteLength < VITALS_HEADER_BYTES) throw new VitalsFrameError('shorter than its header');
  if (view.getUint16(0, true) !== MAGIC) throw new VitalsFrameError('not a vitals frame');
  if (view.getUint8(2) !== VERSION) throw new VitalsFrameError('unknown version');
  const count = view.getUint16(36, true);
  if (view.byteLength !== VITALS_HEADER_BYTES + count * 2) throw new VitalsFrameError('wrong length');
  const quality = VITALS_QUALITIES[(view.getUint8(3) >> QUALITY_SHIFT) & QUALITY_MASK];
  if (quality === undefined) throw new VitalsFrameError('unknown quality');
  const frame: VitalsFrame = {
    sequence: view.getUint32(4, true),
    startHubMs: view.getFloat64(8, true),
    sampleRateHz: view.getFloat32(16, true),
    code: view.getUint32(20, true),
    unit: view.getUint32(24, true),
    scale: view.getFloat32(28, true),
    offset: view.getFloat32(32, true),
    simulated: (view.getUint8(3) & SIMULATED) !== 0,
    quality,
    samples: Int16Array.from({ length: count }, (_, i) => view.getInt16(VITALS_HEADER_BYTES + i * 2, true)),
  };
  const problem = problemWith(frame);
  if (problem) throw new VitalsFrameError(problem);
  return frame;
}

/** The samples in the frame's unit; NaN where there is no value. */
export function vitalsValues(frame: VitalsFrame): Float32Array {
  return Float32Array.from(frame.samples, (sample) =>
    sample === VITALS_NO_VALUE ? NaN : sample * frame.scale + frame.offset,
  );
}

function problemWith(frame: VitalsFrame): string | null {
  const { samples, sampleRateHz } = frame;
  if (samples.length < 1 || samples.length > VITALS_MAX_SAMPLES) return 'sample count out of range';
  if (!Number.isFinite(frame.startHubMs) || frame.startHubMs < 0) return 'time out of range';
  if (!(sampleRateHz >= 0 && sampleRateHz <= MAX_RATE_HZ)) return 'sample rate out of range';
  if (sampleRateHz === 0 && samples.length !== 1) return 'a reading has one sample';
  if (!Number.isFinite(frame.scale) || frame.scale === 0) return 'scale out of range';
  if (!Number.isFinite(frame.offset)) return 'offset out of range';
  return null;
}
