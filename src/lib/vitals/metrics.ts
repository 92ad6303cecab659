import { MDC, MDC_UNIT } from './frame.ts';

/** What the product can carry and show of a patient: codes (ISO/IEEE 11073-10101), units (MDC and UCUM), and what can be true. */
export interface Metric {
  code: number;
  unit: number;
  ucum: string;
  kind: 'reading' | 'wave';
  /** Value of one step of a sample on the wire. */
  scale: number;
  /** Outside of it a number comes from a fault and not from a patient. Ours: wide, because a sick patient is no fault. */
  plausible: readonly [number, number];
  /** A reading older than this is no longer "now". */
  staleAfterMs: number;
}

const READING_STALE_MS = 5_000;
/** A cuff or a thermometer measures now and then. */
const SPOT_STALE_MS = 15 * 60_000;
const WAVE_STALE_MS = 1_000;

const ecg = (code: number): Metric => ({
  code,
  unit: MDC_UNIT.millivolt,
  ucum: 'mV',
  kind: 'wave',
  scale: 0.001,
  plausible: [-20, 20],
  staleAfterMs: WAVE_STALE_MS,
});
const pressure = (code: number): Metric => ({
  code,
  unit: MDC_UNIT.millimetreOfMercury,
  ucum: 'mm[Hg]',
  kind: 'reading',
  scale: 0.1,
  plausible: [1, 350],
  staleAfterMs: SPOT_STALE_MS,
});
const rate = (code: number, unit: number, most: number): Metric => ({
  code,
  unit,
  ucum: '/min',
  kind: 'reading',
  scale: 0.1,
  plausible: [0, most],
  staleAfterMs: READING_STALE_MS,
});

export const METRICS = {
  'ecg-i': ecg(MDC.ecgLeadI),
  'ecg-ii': ecg(MDC.ecgLeadII),
  'ecg-iii': ecg(MDC.ecgLeadIII),
  'ecg-avr': ecg(MDC.ecgLeadAvr),
  'ecg-avl': ecg(MDC.ecgLeadAvl),
  'ecg-avf': ecg(MDC.ecgLeadAvf),
  'ecg-v1': ecg(MDC.ecgLeadV1),
  'ecg-v2': ecg(MDC.ecgLeadV2),
  'ecg-v3': ecg(MDC.ecgLeadV3),
  'ecg-v4': ecg(MDC.ecgLeadV4),
  'ecg-v5': ecg(MDC.ecgLeadV5),
  'ecg-v6': ecg(MDC.ecgLeadV6),
  /** The pulse wave of an oximeter or a wearable, in parts of its full scale. */
  'pulse-wave': {
    code: MDC.plethysmogram,
    unit: MDC_UNIT.dimensionless,
    ucum: '1',
    kind: 'wave',
    scale: 0.0001,
    plausible: [-3, 3],
    staleAfterMs: WAVE_STALE_MS,
  },
  'heart-rate': rate(MDC.heartRate, MDC_UNIT.beatsPerMinute, 350),
  'pulse-rate': rate(MDC.pulseRate, MDC_UNIT.beatsPerMinute, 350),
  'respiration-rate': rate(MDC.respirationRate, MDC_UNIT.breathsPerMinute, 200),
  spo2: {
    code: MDC.spo2,
    unit: MDC_UNIT.percent,
    ucum: '%',
    kind: 'reading',
    scale: 0.1,
    plausible: [0, 100],
    staleAfterMs: READING_STALE_MS,
  },
  'perfusion-index': {
    code: MDC.perfusionIndex,
    unit: MDC_UNIT.percent,
    ucum: '%',
    kind: 'reading',
    scale: 0.01,
    plausible: [0, 100],
    staleAfterMs: READING_STALE_MS,
  },
  temperature: {
    code: MDC.temperature,
    unit: MDC_UNIT.degreeCelsius,
    ucum: 'Cel',
    kind: 'reading',
    scale: 0.01,
    plausible: [20, 46],
    staleAfterMs: SPOT_STALE_MS,
  },
  'systolic-pressure': pressure(MDC.systolicPressure),
  'diastolic-pressure': pressure(MDC.diastolicPressure),
  'mean-pressure': pressure(MDC.meanPressure),
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as [MetricName, ...MetricName[]];
export const metricOf = (name: MetricName): Metric => METRICS[name];
