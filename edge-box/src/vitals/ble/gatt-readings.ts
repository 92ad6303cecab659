import type { VitalsQuality } from '../../../../src/lib/vitals/frame.ts';
import type { MetricName } from '../../../../src/lib/vitals/metrics.ts';

/**
 * What Bluetooth's standard health services send, byte for byte (GATT Specification Supplement; Heart Rate, Pulse Oximeter and Health
 * Thermometer service specifications). Pure functions; null for what is not such a value.
 */
export interface GattReading {
  metric: MetricName;
  /** NaN: the sensor has none. */
  value: number;
  quality: VitalsQuality;
}

const HEART_RATE_MEASUREMENT = '00002a37-0000-1000-8000-00805f9b34fb';
const PLX_SPOT_CHECK = '00002a5e-0000-1000-8000-00805f9b34fb';
const PLX_CONTINUOUS = '00002a5f-0000-1000-8000-00805f9b34fb';
const TEMPERATURE_MEASUREMENT = '00002a1c-0000-1000-8000-00805f9b34fb';

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** IEEE 11073-20601 16-bit float: 4 bits exponent, 12 bits mantissa, both signed. NaN for its special values. */
export function sfloat(raw: number): number {
  const exponent = (raw << 16) >> 28;
  const mantissa = (raw << 20) >> 20;
  // 0x07FE +∞, 0x07FF NaN, 0x0800 not at this resolution, 0x0801 reserved, 0x0802 −∞.
  const isSpecial = exponent === 0 && (mantissa >= 0x7fe || mantissa <= -0x7fe);
  return isSpecial ? NaN : mantissa * 10 ** exponent;
}

/** IEEE 11073-20601 32-bit float: 8 bits exponent, 24 bits mantissa, both signed. NaN for its special values. */
export function float32(raw: number): number {
  const exponent = raw >> 24;
  const mantissa = (raw << 8) >> 8;
  const isSpecial = exponent === 0 && (mantissa >= 0x7f_fffe || mantissa <= -0x7f_fffe);
  return isSpecial ? NaN : mantissa * 10 ** exponent;
}

/** 0x2A37. Flags: bit 0 rate is 16 bits wide; bits 1 and 2 sensor contact (2: touches not, 3: touches). */
export function heartRateMeasurement(bytes: Uint8Array): GattReading[] | null {
  const view = viewOf(bytes);
  if (view.byteLength < 2) return null;
  const flags = view.getUint8(0);
  const isWide = (flags & 0x01) !== 0;
  if (isWide && view.byteLength < 3) return null;
  const bpm = isWide ? view.getUint16(1, true) : view.getUint8(1);
  const hasContact = (flags & 0x06) !== 0x04;
  return [{ metric: 'heart-rate', value: bpm === 0 ? NaN : bpm, quality: hasContact ? 'ok' : 'lead-off' }];
}

/**
 * Measurement Status (PLXS 1.0.1, table 3.4) that makes a value none: early estimate, from storage, for demonstration, for testing,
 * calibrating, unavailable, questionable, invalid.
 */
const UNTRUSTED_MEASUREMENT = 0xfe40;
/** Device and Sensor Status (table 3.5): unconnected to user, unknown, displaced, malfunctioning or disconnected sensor. */
const NO_SENSOR = 0xf800;
/** Any other trouble but an extended display update (bit 0) and low perfusion (bit 5), which leave the value standing. */
const DISTURBED = 0x07de;

/** Where the optional fields lie; null where there is none. */
interface StatusFields {
  measurement: number | null;
  sensor: number | null;
}

function plxQuality(view: DataView, { measurement, sensor }: StatusFields): VitalsQuality | null {
  const needed = Math.max(5, (measurement ?? 0) + 2, sensor === null ? 0 : sensor + 3);
  if (view.byteLength < needed) return null;
  const status = sensor === null ? 0 : view.getUint16(sensor, true);
  if ((status & NO_SENSOR) !== 0) return 'lead-off';
  const trust = measurement === null ? 0 : view.getUint16(measurement, true);
  return (status & DISTURBED) !== 0 || (trust & UNTRUSTED_MEASUREMENT) !== 0 ? 'artefact' : 'ok';
}

function plxReadings(view: DataView, quality: VitalsQuality): GattReading[] {
  return [
    { metric: 'spo2', value: sfloat(view.getUint16(1, true)), quality },
    { metric: 'pulse-rate', value: sfloat(view.getUint16(3, true)), quality },
  ];
}

/** The two PLX measurements differ in what may stand before their status fields, `before`, and in the flags of those. */
function plx(bytes: Uint8Array, before: number, measurementFlag: number): GattReading[] | null {
  const view = viewOf(bytes);
  if (view.byteLength < 5) return null;
  const flags = view.getUint8(0);
  const hasMeasurement = (flags & measurementFlag) !== 0;
  const hasSensor = (flags & (measurementFlag << 1)) !== 0;
  const at = 5 + before;
  const fields = {
    measurement: hasMeasurement ? at : null,
    sensor: hasSensor ? at + (hasMeasurement ? 2 : 0) : null,
  };
  const quality = plxQuality(view, fields);
  return quality === null ? null : plxReadings(view, quality);
}

/** 0x2A5F. Flags: bit 0 SpO2PR-Fast, bit 1 SpO2PR-Slow, bit 2 measurement status, bit 3 device and sensor status. */
export function plxContinuous(bytes: Uint8Array): GattReading[] | null {
  const flags = bytes[0] ?? 0;
  return plx(bytes, (flags & 0x01 ? 4 : 0) + (flags & 0x02 ? 4 : 0), 0x04);
}

/** 0x2A5E. Flags: bit 0 time stamp (7 bytes), bit 1 measurement status, bit 2 device and sensor status. */
export function plxSpotCheck(bytes: Uint8Array): GattReading[] | null {
  const flags = bytes[0] ?? 0;
  return plx(bytes, flags & 0x01 ? 7 : 0, 0x02);
}

/** 0x2A1C. Flags: bit 0 Fahrenheit. */
export function temperatureMeasurement(bytes: Uint8Array): GattReading[] | null {
  const view = viewOf(bytes);
  if (view.byteLength < 5) return null;
  const given = float32(view.getUint32(1, true));
  const celsius = (view.getUint8(0) & 0x01) !== 0 ? ((given - 32) * 5) / 9 : given;
  return [{ metric: 'temperature', value: celsius, quality: 'ok' }];
}

/** Which characteristics are read, and how. */
export const GATT_PARSERS: Readonly<Record<string, (bytes: Uint8Array) => GattReading[] | null>> = {
  [HEART_RATE_MEASUREMENT]: heartRateMeasurement,
  [PLX_SPOT_CHECK]: plxSpotCheck,
  [PLX_CONTINUOUS]: plxContinuous,
  [TEMPERATURE_MEASUREMENT]: temperatureMeasurement,
};
