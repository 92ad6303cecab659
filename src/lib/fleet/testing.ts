import type { BoxConfig, BoxReport } from '../signaling/contract/index.ts';

/** A report of a box that is well. */
export function aReport(changes: Partial<BoxReport> = {}): BoxReport {
  return {
    appVersion: '0.1.0',
    uptimeS: 60,
    cpuPercent: 20,
    memoryPercent: 30,
    diskPercent: 40,
    temperatureC: 50,
    clockOffsetMs: 3,
    serving: false,
    feeds: [],
    link: { state: 'idle', estimateKbps: 3000, rttMs: 40, lossPercent: 0, path: null },
    modem: null,
    outbox: null,
    config: { version: 0, trial: false, failed: null, own: null },
    update: null,
    problems: [],
    ...changes,
  };
}

export function aConfig(changes: Partial<BoxConfig> = {}): BoxConfig {
  return {
    video: [
      {
        slot: 'probe',
        streamClass: 'clinical',
        label: '超声',
        source: { kind: 'sector-scan', width: 640, height: 360, framesPerSecond: 15 },
        minBitrateKbps: 300,
        maxBitrateKbps: 1000,
      },
    ],
    audio: null,
    vitalsSlot: null,
    updateChannel: 'stable',
    ...changes,
  };
}
