import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectWhole, openConsult, type Consult } from './support/consult.ts';
import { ageErrors, chatTexts, ecgPicture, lookAt, say, soundLevels } from './support/room-page.ts';

/** One picture of 30 a second. */
const FRAME_MS = 1000 / 30;

let consult: Consult;
beforeAll(async () => {
  consult = await openConsult();
});
afterAll(() => consult?.close());

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe('a consult: a rural doctor, a specialist and a box', () => {
  it('both see the other and both pictures of the box: frames decode and move', async () => {
    await Promise.all([expectWhole(consult.wang), expectWhole(consult.li)]);
    const probe = await lookAt(consult.li.page, ':probe');
    expect(probe.widthPx).toBe(640);
  });

  it('both hear the other and the box', async () => {
    for (const person of [consult.wang, consult.li]) {
      await vi.waitFor(
        async () => {
          const levels = await soundLevels(person.page);
          expect(levels.length).toBeGreaterThanOrEqual(2);
          for (const level of levels) expect(level).toBeGreaterThan(0.001);
        },
        { timeout: 20_000 },
      );
    }
  });

  it('the room is told who speaks', async () => {
    await vi.waitFor(() => expect(consult.li.notices).toContain('media.activeSpeaker'), { timeout: 20_000 });
  });

  it('the ECG sweeps and the heart rate is a number', async () => {
    const { page } = consult.li;
    const before = await ecgPicture(page);
    await vi.waitFor(async () => expect(await ecgPicture(page)).not.toBe(before), { timeout: 15_000 });
    await vi.waitFor(
      async () => expect(await page.getByTestId('heart-rate').first().innerText()).toMatch(/\d{2,3}/),
      {
        timeout: 15_000,
      },
    );
  });

  it('the age that is shown is true within one frame of the clock burnt into the picture', async () => {
    for (const person of [consult.wang, consult.li])
      // Half of thirty pictures that came late, on cores that others use too, say nothing about the number.
      await vi.waitFor(
        async () => {
          const errors = await ageErrors(person.page, ':probe', 30);
          expect(errors.length).toBe(30);
          const told = `errors: ${errors.map(Math.round).join(' ')}`;
          expect(Math.abs(median(errors)), told).toBeLessThanOrEqual(FRAME_MS);
        },
        { timeout: 60_000 },
      );
  });

  it('what one writes the other reads, as text', async () => {
    await say(consult.wang.page, '<b>血压 130/80</b>');
    await vi.waitFor(
      async () => expect((await chatTexts(consult.li.page)).join()).toContain('<b>血压 130/80</b>'),
      { timeout: 15_000 },
    );
  });

  it('a member who reloads the page is back with the same devices, without the lobby', async () => {
    await consult.wang.page.reload();
    await consult.wang.page.getByTestId('room-stage').waitFor({ timeout: 20_000 });
    await Promise.all([expectWhole(consult.wang), expectWhole(consult.li)]);
    expect((await chatTexts(consult.wang.page)).join()).toContain('血压');
  });

  it('no page has reported an error', () => {
    expect(consult.wang.errors).toEqual([]);
    expect(consult.li.errors).toEqual([]);
  });
});
