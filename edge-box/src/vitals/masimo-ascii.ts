import type { VitalsQuality } from '../../../src/lib/vitals/frame.ts';
import type { MetricName } from '../../../src/lib/vitals/metrics.ts';

/**
 * A line of Masimo's "ASCII 1" serial output (Rad-8 operator's manual, section 4 and "serial interface specification"), a line a second:
 *
 *   02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% … ALARM=0000 EXC=000800
 *
 * `---` is "no value". EXC is hexadecimal bits: why a value may not be trusted.
 */
export interface MasimoReading {
  metric: MetricName;
  value: number;
  quality: VitalsQuality;
}

const LINE = /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d SN=[0-9-]{1,16} (SPO2=.*)$/;
const FIELDS: readonly [name: string, metric: MetricName][] = [
  ['SPO2', 'spo2'],
  ['BPM', 'pulse-rate'],
  ['PI', 'perfusion-index'],
];
/** No sensor, defective, sensor off, unrecognised. */
const NO_SENSOR = 0x001 | 0x002 | 0x020 | 0x080;
/** Pulse search, interference, ambient light, low signal IQ. Low perfusion alone leaves the values standing. */
const DISTURBED = 0x008 | 0x010 | 0x040 | 0x400;

/** The readings of one line; null when it is no such line. */
export function parseMasimoLine(line: string): MasimoReading[] | null {
  const text = LINE.exec(line)?.[1];
  if (text === undefined) return null;
  const fields = new Map(text.split(/\s+/).map((field) => field.split('=') as [string, string | undefined]));
  const exceptions = /^[0-9A-F]{3,8}$/.exec(fields.get('EXC') ?? '')?.[0];
  // Without the exceptions nobody knows whether the values hold: the line was cut.
  if (exceptions === undefined) return null;
  const bits = Number.parseInt(exceptions, 16);
  const quality = (bits & NO_SENSOR) !== 0 ? 'lead-off' : (bits & DISTURBED) !== 0 ? 'artefact' : 'ok';
  const readings: MasimoReading[] = [];
  for (const [name, metric] of FIELDS) {
    const field = fields.get(name);
    if (field === undefined) continue;
    const digits = /^(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(field)?.[1];
    if (digits === undefined && !/^[-.]+%?$/.test(field)) return null;
    readings.push({ metric, value: digits === undefined ? NaN : Number(digits), quality });
  }
  return readings;
}
