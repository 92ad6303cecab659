import type { EcgLead, EcgRecord } from './ecg-record.ts';

const SAMPLE_RATE_HZ = 500;
/** Direction of the heart's vector in the frontal plane; that of the leads is fixed. */
const AXIS_DEGREES = 45;
const LEAD_I_DEGREES = 0;
const LEAD_II_DEGREES = 60;

const projection = (leadDegrees: number): number =>
  Math.cos(((AXIS_DEGREES - leadDegrees) * Math.PI) / 180) /
  Math.cos(((AXIS_DEGREES - LEAD_II_DEGREES) * Math.PI) / 180);

function twelveLeads(): EcgLead[] {
  const i = projection(LEAD_I_DEGREES);
  const ii = 1;
  return [
    { metric: 'ecg-i', factor: i },
    { metric: 'ecg-ii', factor: ii },
    // Einthoven's and Goldberger's relations hold exactly.
    { metric: 'ecg-iii', factor: ii - i },
    { metric: 'ecg-avr', factor: -(i + ii) / 2 },
    { metric: 'ecg-avl', factor: i - ii / 2 },
    { metric: 'ecg-avf', factor: ii - i / 2 },
    // Ours: the usual growth of the R wave over the chest.
    { metric: 'ecg-v1', factor: -0.6 },
    { metric: 'ecg-v2', factor: -0.3 },
    { metric: 'ecg-v3', factor: 0.3 },
    { metric: 'ecg-v4', factor: 1.1 },
    { metric: 'ecg-v5', factor: 1 },
    { metric: 'ecg-v6', factor: 0.8 },
  ];
}

/** Twelve leads at 500 samples/s made from one: for the load that a real electrocardiograph is, and for nothing a physician should read. */
export function twelveLeadRecord({ sampleRateHz, scale, samples: recorded }: EcgRecord): EcgRecord {
  const step = sampleRateHz / SAMPLE_RATE_HZ;
  const samples = Int16Array.from({ length: Math.floor(recorded.length / step) }, (_, n) => {
    const at = n * step;
    const left = recorded[Math.floor(at)] ?? 0;
    const right = recorded[Math.ceil(at) % recorded.length] ?? 0;
    return Math.round(left + (right - left) * (at % 1));
  });
  return { sampleRateHz: SAMPLE_RATE_HZ, scale, samples, leads: twelveLeads() };
}
