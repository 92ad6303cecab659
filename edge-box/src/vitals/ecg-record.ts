import { readFileSync } from 'node:fs';
import type { MetricName } from '../../../src/lib/vitals/metrics.ts';

/** The real ECG that the demo box plays; see assets/README.md. */
export interface EcgRecord {
  sampleRateHz: number;
  /** Millivolts per unit. */
  scale: number;
  samples: Int16Array;
  leads: readonly EcgLead[];
}

/** A lead as a multiple of the recorded one. */
export interface EcgLead {
  metric: MetricName;
  factor: number;
}

export function loadEcgRecord(): EcgRecord {
  const file = readFileSync(new URL('../../assets/ecg-mitdb-208-mlii-360hz.i16le', import.meta.url));
  const samples = Int16Array.from({ length: file.length / 2 }, (_, i) => file.readInt16LE(i * 2));
  return { sampleRateHz: 360, scale: 0.005, samples, leads: [{ metric: 'ecg-ii', factor: 1 }] };
}
