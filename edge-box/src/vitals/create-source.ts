import type { BoxClock } from '../clock.ts';
import { BleSource } from './ble/ble-source.ts';
import { loadEcgRecord } from './ecg-record.ts';
import { HttpSource } from './http-source.ts';
import { MqttSource } from './mqtt-source.ts';
import { ReplaySource } from './replay-source.ts';
import { SerialSource } from './serial-source.ts';
import { twelveLeadRecord } from './twelve-lead-record.ts';
import type { VitalsSource } from './source.ts';
import type { VitalsSourceConfig } from './source-config.ts';

/** What a box without vitals settings measures: nothing; it plays a recording. */
const DEFAULT_SOURCES: VitalsSourceConfig[] = [{ kind: 'replay', id: 'replay', record: 'ecg-mitdb-208' }];

const RECORDS = {
  'ecg-mitdb-208': loadEcgRecord,
  'ecg-mitdb-208-12-leads': () => twelveLeadRecord(loadEcgRecord()),
};

export function createVitalsSources(
  configs: readonly VitalsSourceConfig[] | undefined,
  clock: BoxClock,
): VitalsSource[] {
  return (configs ?? DEFAULT_SOURCES).map((config) => createSource(config, clock));
}

function createSource(config: VitalsSourceConfig, clock: BoxClock): VitalsSource {
  switch (config.kind) {
    case 'replay':
      return new ReplaySource(config.id, RECORDS[config.record](), clock);
    case 'serial':
      return new SerialSource(config, clock);
    case 'ble':
      return new BleSource(config, clock);
    case 'mqtt':
      return new MqttSource(config, clock);
    case 'http':
      return new HttpSource(config, clock);
  }
}
