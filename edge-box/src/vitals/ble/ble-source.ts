import type { BoxClock } from '../../clock.ts';
import { checked } from '../message-intake.ts';
import { ReconnectingSource, SourceError } from '../reconnecting.ts';
import type { LinkEvents, SourceLink } from '../reconnecting.ts';
import type { ConfigOf } from '../source-config.ts';
import { BluezDevice, BluezError } from './bluez.ts';
import { GATT_PARSERS } from './gatt-readings.ts';

const PATIENCE_MS = 15_000;

export interface BleOptions {
  busAddress?: string;
  patienceMs?: number;
}

/** A Bluetooth device with one of the standard health services. */
export class BleSource extends ReconnectingSource {
  readonly kind = 'ble';
  readonly #config: ConfigOf<'ble'>;
  readonly #clock: BoxClock;
  readonly #options: BleOptions;

  constructor(config: ConfigOf<'ble'>, clock: BoxClock, options: BleOptions = {}) {
    super(config.id);
    this.#config = config;
    this.#clock = clock;
    this.#options = options;
  }

  protected async open({ sink, heard, ended }: LinkEvents): Promise<SourceLink> {
    const { address } = this.#config;
    const uuids = Object.keys(GATT_PARSERS);
    const options = { patienceMs: PATIENCE_MS, ...this.#options, address, uuids };
    try {
      return await BluezDevice.connect(options, {
        gone: () => ended(new SourceError('absent', 'device-missing')),
        value: (uuid, bytes) => {
          heard();
          const readings = GATT_PARSERS[uuid]?.(bytes);
          if (!readings) {
            sink.rejected('garbage');
            return;
          }
          const startMs = this.#clock.nowMs();
          for (const { metric, value, quality } of readings) {
            sink.measured(
              checked({ metric, startMs, sampleRateHz: 0, values: [value], quality, simulated: false }),
            );
          }
        },
      });
    } catch (error) {
      throw new SourceError('absent', error instanceof BluezError ? error.code : 'cannot-connect');
    }
  }
}
