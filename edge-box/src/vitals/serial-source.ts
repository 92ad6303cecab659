import { stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import type { BoxClock } from '../clock.ts';
import { LineSplitter } from './line-splitter.ts';
import { parseMasimoLine } from './masimo-ascii.ts';
import { MessageIntake, checked } from './message-intake.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';
import { ReconnectingSource, SourceError } from './reconnecting.ts';
import type { LinkEvents, SourceLink } from './reconnecting.ts';
import type { VitalsSink } from './source.ts';
import type { ConfigOf } from './source-config.ts';

const MAX_TEXT_LINE_BYTES = 512;
/** Not every driver tells a reader that its adapter is gone. */
const LOOK_EVERY_MS = 1_000;

/** Which device is behind a name at this moment; null: none. */
const deviceAt = (path: string): Promise<string | null> =>
  stat(path).then(
    ({ dev, ino, rdev }) => `${dev} ${ino} ${rdev}`,
    () => null,
  );

/** A monitor at a serial port, usually behind a USB adapter that may be pulled out at any time. */
export class SerialSource extends ReconnectingSource {
  readonly kind = 'serial';
  readonly #config: ConfigOf<'serial'>;
  readonly #clock: BoxClock;
  /** Outlives connections: a message that is sent again after one is a doubled one. */
  readonly #intake: MessageIntake;

  constructor(config: ConfigOf<'serial'>, clock: BoxClock) {
    super(config.id);
    this.#config = config;
    this.#clock = clock;
    this.#intake = new MessageIntake(clock);
  }

  protected async open({ sink, heard, ended }: LinkEvents): Promise<SourceLink> {
    const { port: path, baudRate, protocol } = this.#config;
    const device = await deviceAt(path);
    if (device === null) throw new SourceError('absent', 'device-missing');
    const read = protocol === 'masimo-ascii-1' ? this.#masimo(sink) : this.#jsonLines(sink);
    const maxBytes = protocol === 'masimo-ascii-1' ? MAX_TEXT_LINE_BYTES : MAX_MESSAGE_BYTES;
    const lines = new LineSplitter(maxBytes, read, () => sink.rejected('too-long'));
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.on('data', (bytes: Buffer) => {
      heard();
      lines.push(bytes);
    });
    port.on('error', () => ended(new SourceError('absent', 'read-failed')));
    port.on('close', () => ended(new SourceError('absent', 'device-missing')));
    await new Promise<void>((resolve, reject) => {
      port.open((error) => {
        if (!error) resolve();
        else if (/lock|busy|permission|denied/i.test(error.message)) {
          reject(new SourceError('refused', 'cannot-open'));
        } else reject(new SourceError('absent', 'cannot-open'));
      });
    });
    const look = setInterval(() => {
      void deviceAt(path).then((now) => {
        if (now !== device) ended(new SourceError('absent', 'device-missing'));
      });
    }, LOOK_EVERY_MS);
    return {
      close: () =>
        new Promise((resolve) => {
          clearInterval(look);
          if (port.isOpen) port.close(() => resolve());
          else resolve();
        }),
    };
  }

  #jsonLines(sink: VitalsSink): (line: string) => void {
    return (line) => this.#intake.accept(line, sink);
  }

  #masimo(sink: VitalsSink): (line: string) => void {
    return (line) => {
      const readings = parseMasimoLine(line);
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
    };
  }
}
