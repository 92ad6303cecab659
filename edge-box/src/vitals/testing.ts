import type { Measurement, Rejection, VitalsSink } from './source.ts';

/** A sink that keeps what it was given. */
export class KeptVitals implements VitalsSink {
  readonly measurements: Measurement[] = [];
  readonly rejections: Rejection[] = [];
  lostMessages = 0;

  measured(measurement: Measurement): void {
    this.measurements.push(measurement);
  }

  rejected(reason: Rejection): void {
    this.rejections.push(reason);
  }

  lost(messages: number): void {
    this.lostMessages += messages;
  }

  values(metric: Measurement['metric']): number[] {
    return this.measurements.filter((one) => one.metric === metric).flatMap(({ values }) => values);
  }
}

/** A message as a wearable sends it. */
export function wearableMessage(seq: number, heartRate: number | null = 72): string {
  const sentAtMs = 5_000_000 + seq * 1000;
  return JSON.stringify({
    v: 1,
    seq,
    sentAtMs,
    readings: [
      { metric: 'heart-rate', atMs: sentAtMs - 10, value: heartRate },
      { metric: 'spo2', atMs: sentAtMs - 10, value: 97.5 },
      { metric: 'temperature', atMs: sentAtMs - 10, value: 36.7 },
    ],
    waves: [
      { metric: 'ecg-ii', atMs: sentAtMs - 200, rateHz: 250, values: [0, 0.5, -0.25, null, 1.1] },
      { metric: 'pulse-wave', atMs: sentAtMs - 200, rateHz: 50, values: [0, 0.5, 1] },
    ],
  });
}
