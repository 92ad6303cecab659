import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { BoxClock } from '../clock.ts';
import { runLiveVideo, StuckError } from './live-video.ts';
import type { LiveInput, SourceState } from './live-video.ts';

/** The border: no camera is plugged in here, so FFmpeg's test picture stands for one, and a pipe for one that hangs. */
const FORMAT = { width: 320, height: 180, framesPerSecond: 25 };
const LIMITS = { openMs: 4_000, noSignalMs: 500, stuckMs: 500 };
const camera = (seconds: string): LiveInput => ({
  url: `testsrc=size=160x120:rate=25:duration=${seconds},realtime`,
  format: 'lavfi',
  options: {},
  hasCaptureTime: false,
});

function run(locate: () => LiveInput | null) {
  const states: SourceState[] = [];
  const captured: number[] = [];
  const clock = new BoxClock();
  // Runs until the test's process ends, as in a feed's process; a new state is written down when it changes.
  const ended = runLiveVideo(
    FORMAT,
    clock,
    {
      locate,
      state: (state) => {
        if (states.at(-1) !== state) states.push(state);
      },
      picture: (_, captureHubMs) => captured.push(captureHubMs),
    },
    LIMITS,
  );
  ended.catch(() => undefined);
  return { states, captured, clock, ended };
}

it('waits for a camera, and takes it up again when it was pulled out', { timeout: 60_000 }, async () => {
  let plugged = false;
  onTestFinished(() => {
    plugged = false;
  });
  const { states, captured, clock } = run(() => (plugged ? camera('1') : null));
  await vi.waitFor(() => expect(states).toEqual(['device-missing']));
  plugged = true;
  await vi.waitFor(() => expect(captured.length).toBeGreaterThan(5), { timeout: 20_000 });
  expect(states).toEqual(['device-missing', 'live']);
  expect(clock.hubNowMs() - (captured.at(-1) ?? 0)).toBeLessThan(5_000);
  plugged = false;
  await vi.waitFor(() => expect(states.at(-1)).toBe('device-missing'), { timeout: 20_000 });
  const before = captured.length;
  plugged = true;
  await vi.waitFor(() => expect(captured.length).toBeGreaterThan(before), { timeout: 20_000 });
  expect(states.slice(-2)).toEqual(['device-missing', 'live']);
});

it(
  'says that there is no signal when a camera hangs, and gives up its process',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'rui-live-'));
    const pipe = path.join(folder, 'camera');
    execFileSync('mkfifo', [pipe]);
    // Opens the pipe and says nothing.
    const writer = spawn('sh', ['-c', `exec sleep 60 > ${pipe}`], { stdio: 'ignore' });
    onTestFinished(() => {
      writer.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
    const { states, ended } = run(() => ({
      url: pipe,
      format: 'mpegts',
      options: {},
      hasCaptureTime: false,
    }));
    await expect(ended).rejects.toBeInstanceOf(StuckError);
    expect(states).toEqual(['no-signal']);
  },
);
