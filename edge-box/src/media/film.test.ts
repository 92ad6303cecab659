import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Frame } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOCK_MODULUS_MS } from '../devices/clock-code.ts';
import { SectorScan } from '../devices/sector-scan.ts';
import { Film } from './film.ts';
import type { FilmSegment } from './film.ts';
import { allocatePicture, planesOf } from './picture-loop.ts';
import { PictureDecoder } from './testing/picture-decoder.ts';

const format = { width: 320, height: 180, framesPerSecond: 10 };
const START_MS = 1_790_000_000_000;

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'rui-film-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** An encoder that is no longer referred to crashes the process; the box's never are. */
const kept: Film[] = [];
function start(failed: (error: unknown) => void = (error) => expect.fail(String(error))) {
  const segments: FilmSegment[] = [];
  const film = new Film(format, (segment) => segments.push(segment), failed);
  kept.push(film);
  const scan = new SectorScan(format);
  const picture = allocatePicture(format);
  const show = (fromMs: number, pictures: number): void => {
    for (let i = 0; i < pictures; i++) {
      scan.draw(planesOf(picture), fromMs + i * 100);
      film.add(picture, fromMs + i * 100);
    }
  };
  return { film, segments, show };
}

/** What players make of it. */
function probe({ bytes }: FilmSegment) {
  const file = path.join(folder, 'film.mp4');
  writeFileSync(file, bytes);
  const shown = ['stream=codec_name,width,height,nb_read_frames:format=duration', '-of', 'json', file];
  const said = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', ...shown]);
  const { streams, format: whole } = JSON.parse(said.toString()) as {
    streams: { codec_name: string; width: number; height: number; nb_read_frames: string }[];
    format: { duration: string };
  };
  expect(streams.length).toBe(1);
  const { codec_name: codec, width, height, nb_read_frames: pictures } = streams[0]!;
  return { codec, width, height, pictures: Number(pictures), seconds: Number(whole.duration) };
}

const firstCode = ({ bytes }: FilmSegment): number | null | undefined => {
  const file = path.join(folder, 'first.mp4');
  writeFileSync(file, bytes);
  const jpeg = path.join(folder, 'first.jpg');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', file, '-frames:v', '1', '-q:v', '2', jpeg]);
  return new PictureDecoder('jpeg').decode(execFileSync('cat', [jpeg]))?.code;
};

describe('a film for the record', () => {
  it('comes in pieces of ten seconds that play by themselves and leave nothing out', () => {
    const { film, segments, show } = start();
    show(START_MS - 1_000, 10);
    film.setKbps(400);
    show(START_MS, 254);
    film.setKbps(null);
    show(START_MS + 26_000, 10);
    expect(segments.map(({ fromMs, untilMs }) => [fromMs - START_MS, untilMs - START_MS])).toEqual([
      [0, 10_000],
      [10_000, 20_000],
      [20_000, 25_400],
    ]);
    const seen = segments.map(probe);
    const shape = { codec: 'h264', width: 320, height: 180 };
    expect(seen).toEqual([
      { ...shape, pictures: 100, seconds: 10 },
      { ...shape, pictures: 100, seconds: 10 },
      { ...shape, pictures: 54, seconds: 5.4 },
    ]);
    for (const segment of segments) {
      const text = Buffer.from(segment.bytes).toString('latin1');
      // A browser that has only the beginning can begin.
      expect(text.indexOf('moov')).toBeLessThan(text.indexOf('mdat'));
      expect(firstCode(segment)).toBe(segment.fromMs % CLOCK_MODULUS_MS);
    }
    const kbps = ((segments[0]?.bytes.length ?? 0) * 8) / 10_000;
    expect(kbps).toBeGreaterThan(200);
    expect(kbps).toBeLessThan(600);
  });

  it('says what goes wrong, harms nobody, and goes on when it is told again', () => {
    const errors: unknown[] = [];
    const { film, segments, show } = start((error) => errors.push(error));
    film.setKbps(400);
    show(START_MS, 5);
    using nothing = new Frame();
    nothing.alloc();
    film.add(nothing, START_MS + 500);
    film.add(nothing, START_MS + 600);
    expect(errors.length).toBe(1);
    film.setKbps(400);
    show(START_MS + 700, 5);
    film.setKbps(null);
    expect(segments.map(probe)).toMatchObject([{ pictures: 10, seconds: 1.2 }]);
  });

  it('begins another piece after a hole, and with each beginning a picture that stands by itself', () => {
    const { film, segments, show } = start();
    film.setKbps(400);
    show(START_MS, 5);
    show(START_MS + 5_000, 5);
    film.setKbps(null);
    film.setKbps(400);
    show(START_MS + 9_000, 5);
    film.setKbps(null);
    film.setKbps(null);
    expect(segments.map(({ fromMs, untilMs }) => [fromMs - START_MS, untilMs - START_MS])).toEqual([
      [0, 500],
      [5_000, 5_500],
      [9_000, 9_500],
    ]);
    for (const segment of segments) expect(probe(segment)).toMatchObject({ pictures: 5, seconds: 0.5 });
  });
});
