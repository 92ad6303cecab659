import type { Page } from 'playwright-core';
import { ageFromClockCode, readClockCode } from '../../edge-box/src/devices/clock-code.ts';

/** What a person can tell of one tile: that it moves, and how old it is. */
export interface TileView {
  feedId: string;
  frames: number;
  widthPx: number;
  /** Sum of the differences between two looks; 0 means a frozen picture. */
  moved: number;
  ageShownMs: number | null;
}

export const tile = (page: Page, feedIdEnds: string) =>
  page.locator(`[data-testid="feed-tile"][data-feed-id$="${feedIdEnds}"]`);

/** Looks at a tile's video twice. */
export async function lookAt(page: Page, feedIdEnds: string): Promise<TileView> {
  return tile(page, feedIdEnds)
    .first()
    .evaluate(async (element) => {
      const video = element.querySelector('video')!;
      const canvas = document.createElement('canvas');
      canvas.width = 160;
      canvas.height = 90;
      const context = canvas.getContext('2d', { willReadFrequently: true })!;
      const look = () => {
        context.drawImage(video, 0, 0, 160, 90);
        return context.getImageData(0, 0, 160, 90).data;
      };
      const before = look();
      const framesBefore = video.getVideoPlaybackQuality().totalVideoFrames;
      await new Promise((resolve) => setTimeout(resolve, 700));
      const after = look();
      let moved = 0;
      for (let i = 0; i < after.length; i++) moved += Math.abs(after[i]! - before[i]!);
      const shown = (element as HTMLElement).dataset['ageMs'];
      return {
        feedId: (element as HTMLElement).dataset['feedId']!,
        frames: video.getVideoPlaybackQuality().totalVideoFrames - framesBefore,
        widthPx: video.videoWidth,
        moved,
        ageShownMs: shown ? Number(shown) : null,
      };
    });
}

interface TimedPicture {
  /** True age from the clock burnt into the picture, in ms. */
  ageMs: number;
  /** What the tile says of it, in ms. */
  shownMs: number;
}

interface PictureSeen {
  displayedAtMs: number;
  /** Of the part with the clock, `CLOCK_PX` large. */
  luma: number[];
  shownMs: number;
}
/** The clock is 40 × 3 squares at the top left; four points of each way tell all, and cost next to nothing to fetch. */
const CLOCK_PX = { width: 160, height: 12 };

/** Null where the clock cannot be read. */
function ageOf(luma: readonly number[], atMs: number): number | null {
  const codeMs = readClockCode(Uint8Array.from(luma), CLOCK_PX.width, CLOCK_PX.height);
  return codeMs === null ? null : ageFromClockCode(codeMs, atMs);
}

/** Reads the burnt-in clock of as many frames and the tile's number at each. The machine is one, so its clock is the hub's. */
async function timePictures(page: Page, feedIdEnds: string, samples: number): Promise<TimedPicture[]> {
  const seen = await tile(page, feedIdEnds)
    .first()
    .evaluate(
      async (element, { samples, clock: { width, height } }) => {
        const video = element.querySelector('video')!;
        const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
        context.imageSmoothingEnabled = false;
        const pictures: PictureSeen[] = [];
        while (pictures.length < samples) {
          const displayedAtMs = await new Promise<number>((resolve) =>
            video.requestVideoFrameCallback((_now, metadata) => resolve(metadata.expectedDisplayTime)),
          );
          const squarePx = video.videoWidth / 40;
          context.drawImage(video, 0, 0, 40 * squarePx, 3 * squarePx, 0, 0, width, height);
          const { data } = context.getImageData(0, 0, width, height);
          // The tile's number follows the frame by up to one round of its own measuring.
          await new Promise((resolve) => requestAnimationFrame(resolve));
          pictures.push({
            displayedAtMs: performance.timeOrigin + displayedAtMs,
            luma: Array.from({ length: width * height }, (_, i) => data[i * 4 + 1]!),
            shownMs: Number((element as HTMLElement).dataset['ageMs'] ?? NaN),
          });
        }
        return pictures;
      },
      // Some cannot be read.
      { samples: samples * 2, clock: CLOCK_PX },
    );
  return seen
    .flatMap(({ displayedAtMs, luma, shownMs }) => {
      const ageMs = ageOf(luma, displayedAtMs);
      return ageMs === null || Number.isNaN(shownMs) ? [] : [{ ageMs, shownMs }];
    })
    .slice(0, samples);
}

/** True age minus the age shown, several times, in ms. */
export async function ageErrors(page: Page, feedIdEnds: string, samples: number): Promise<number[]> {
  return (await timePictures(page, feedIdEnds, samples)).map(({ ageMs, shownMs }) => ageMs - shownMs);
}

/** True ages of pictures at their display, in ms. */
export async function pictureAges(page: Page, feedIdEnds: string, samples: number): Promise<number[]> {
  return (await timePictures(page, feedIdEnds, samples)).map(({ ageMs }) => ageMs);
}

/** True ages of pictures as they come out of the decoder, before they wait for the screen, in ms. */
export async function decodedAges(page: Page, feedIdEnds: string, samples: number): Promise<number[]> {
  const decoded = await tile(page, feedIdEnds)
    .first()
    .evaluate(
      async (element, { samples, clock: { width, height } }) => {
        const [track] = (element.querySelector('video')!.srcObject as MediaStream).getVideoTracks();
        const reader = new MediaStreamTrackProcessor({ track: track! }).readable.getReader();
        let plane = new Uint8Array();
        const pictures: { decodedAtMs: number; luma: number[] }[] = [];
        while (pictures.length < samples) {
          const { value: frame, done } = await reader.read();
          if (done) break;
          const decodedAtMs = performance.timeOrigin + performance.now();
          // Only the rows with the clock: to draw the whole picture takes longer than it took to come. Planes have even heights.
          const squarePx = frame.codedWidth / 40;
          const rect = { x: 0, y: 0, width: frame.codedWidth, height: 2 * Math.ceil(squarePx * 1.5) };
          const bytes = frame.allocationSize({ rect });
          if (plane.length < bytes) plane = new Uint8Array(bytes);
          const [{ offset, stride } = { offset: 0, stride: 0 }] = await frame.copyTo(plane, { rect });
          frame.close();
          const step = squarePx / 4;
          pictures.push({
            decodedAtMs,
            luma: Array.from({ length: width * height }, (_, i) => {
              const [x, y] = [i % width, Math.floor(i / width)];
              return plane[offset + Math.floor((y + 0.5) * step) * stride + Math.floor((x + 0.5) * step)]!;
            }),
          });
        }
        await reader.cancel();
        return pictures;
      },
      // Some cannot be read.
      { samples: samples * 2, clock: CLOCK_PX },
    );
  return decoded.flatMap(({ decodedAtMs, luma }) => ageOf(luma, decodedAtMs) ?? []).slice(0, samples);
}

/** Sound that this page plays now: the loudest sample of each playing audio element, 0 to 1. */
export async function soundLevels(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const context = new AudioContext();
    const elements = [...document.querySelectorAll('audio')].filter((element) => element.srcObject);
    const meters = elements.map((element) => {
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(element.srcObject as MediaStream).connect(analyser);
      return { analyser, peak: 0 };
    });
    const samples = new Float32Array(2048);
    for (let round = 0; round < 40; round++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const meter of meters) {
        meter.analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) meter.peak = Math.max(meter.peak, Math.abs(sample));
      }
    }
    await context.close();
    return meters.map((meter) => meter.peak);
  });
}

/** The drawn ECG as numbers, to see whether it sweeps. */
export async function ecgPicture(page: Page): Promise<string> {
  return page
    .getByTestId('ecg-canvas')
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

export async function say(page: Page, text: string): Promise<void> {
  const input = page.getByTestId('chat-input');
  if (!(await input.isVisible())) await page.getByTestId('toggle-chat').click();
  await input.fill(text);
  await page.getByTestId('chat-send').click();
}

export async function chatTexts(page: Page): Promise<string[]> {
  if (!(await page.getByTestId('chat-input').isVisible())) await page.getByTestId('toggle-chat').click();
  return page.getByTestId('chat-message').allInnerTexts();
}
