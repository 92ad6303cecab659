import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { boxFeedsSchema } from '../../src/lib/signaling/contract/index.ts';
import { Carriers, whyNoLimits } from './carriers.ts';
import type { CaptureAtHub } from './hub-on-carriers.ts';
import {
  captureAtHub,
  saidBy,
  startBox,
  startHub,
  STARTS_WITHIN_MS,
  untilAtHub,
} from './processes-on-carriers.ts';

const skipped = await whyNoLimits();
if (skipped) console.error(`films on a thin link are not tested: ${skipped}`);

const FORMAT = { width: 640, height: 360, framesPerSecond: 10 };
/** Far more than the thin link takes. */
const FULL_KBPS = 1_000;
const THIN_KBPS = 300;
const FEEDS: z.input<typeof boxFeedsSchema> = {
  video: [
    {
      ...{ slot: 'probe', label: '超声', streamClass: 'clinical', recordWhenThin: true },
      source: { kind: 'sector-scan', ...FORMAT },
      minBitrateKbps: 100,
      maxBitrateKbps: FULL_KBPS,
    },
  ],
  audio: null,
  vitalsSlot: 'vitals',
};
const WITHIN_MS = 90_000;

const isFilm = ({ mediaType, complete }: CaptureAtHub) => mediaType === 'video/mp4' && complete;

/** What players make of it. */
async function probe(bytes: Buffer) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'rui-film-'));
  try {
    const file = path.join(folder, 'film.mp4');
    await writeFile(file, bytes);
    const wanted = ['-show_entries', 'stream=width,height:format=duration,bit_rate', '-of', 'json'];
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...wanted, file]);
    const { streams, format } = JSON.parse(stdout) as {
      streams: { width: number; height: number }[];
      format: { duration: string; bit_rate: string };
    };
    return {
      ...streams[0],
      seconds: Number(format.duration),
      kbps: Number(format.bit_rate) / 1000,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(skipped !== null)('a box that films because its link is thin', () => {
  it('has the film in the room’s record, whole and at full quality, when the link is good again', async () => {
    await using stack = new AsyncDisposableStack();
    const carriers = await Carriers.open();
    stack.defer(() => carriers.close());
    const { hub, ready, dataDir } = await startHub(carriers, stack);
    const certificate = path.join(dataDir, 'tls', 'cert.pem');
    const box = await startBox(carriers, stack, ready, certificate, JSON.stringify(FEEDS));
    await untilAtHub(hub, STARTS_WITHIN_MS, 'a box that streams', () => saidBy(box).includes('"streaming"'));

    await carriers.limit(THIN_KBPS);
    const thinAtMs = Date.now();
    await untilAtHub(hub, WITHIN_MS, 'a film that has begun', () =>
      saidBy(box).includes('thin link: filming'),
    );
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await carriers.limit(null);
    const goodAtMs = Date.now();
    const { late } = await untilAtHub(hub, WITHIN_MS, 'a film', ({ late }) => late.captures.some(isFilm));

    const film = late.captures.find(isFilm)!;
    expect(film.label).toBe('超声 · 本机录像 1');
    expect(film.takenAtMs).toBeGreaterThan(thinAtMs);
    expect(film.takenAtMs).toBeLessThan(goodAtMs);
    const { seconds, kbps, ...size } = await probe(await captureAtHub(hub, film.key));
    expect(size).toEqual({ width: FORMAT.width, height: FORMAT.height });
    expect(seconds).toBeGreaterThan(5);
    // More than could have been sent.
    expect(kbps).toBeGreaterThan(THIN_KBPS);
  }, 240_000);
});
