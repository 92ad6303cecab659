// The box's own program, which takes captures of a known size when its parent says so, whatever its devices show.
import { randomBytes } from 'node:crypto';
import { Recorder } from '../../edge-box/src/outbox/recorder.ts';

export interface CaptureTaken {
  taken: number | null;
}

/** Small: on a thin link the record gets little of it. */
const CAPTURE_BYTES = 20_000;

const { start } = Recorder.prototype;
Recorder.prototype.start = function (this: Recorder): void {
  start.call(this);
  process.on('message', () => {
    const meta = { mediaType: 'image/png', label: '' } as const;
    void this.capture(meta, randomBytes(CAPTURE_BYTES)).then((taken) => {
      process.send?.({ taken } satisfies CaptureTaken);
    });
  });
};
await import('../../edge-box/src/main.ts');
