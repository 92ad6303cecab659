import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BoxClock } from '../clock.ts';
import { tonePackets } from '../engine/testing/far-voice.ts';
import { OPUS_FRAME_SAMPLES, OPUS_SAMPLE_RATE_HZ } from '../media/opus-encoder.ts';
import { AudioOut } from './audio-out.ts';
import type { SourceState } from './live-video.ts';
import { DeviceRegistry } from './registry.ts';
import { runSoundInput } from './sound-input.ts';
import { SoundMeter } from './sound-meter.ts';
import type { SoundHealth } from './sound-meter.ts';

const TONE_HZ = 1_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-sound-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Upward crossings of zero, a second. */
function pitchOf(samples: ArrayLike<number>): number {
  let crossings = 0;
  for (let i = 1; i < samples.length; i++) {
    if ((samples[i - 1] ?? 0) < 0 && (samples[i] ?? 0) >= 0) crossings++;
  }
  return (crossings * OPUS_SAMPLE_RATE_HZ) / samples.length;
}

/**
 * The border: there is no sound card here. The kernel's lists are made up, and ALSA's own library, through its real recorder,
 * reads from a pipe what a card would have heard.
 */
function fakeCard(): { registry: DeviceRegistry; unplug: () => void; pipe: string } {
  const pipe = path.join(folder, 'heard');
  execFileSync('mkfifo', [pipe]);
  const config = path.join(folder, 'asound.conf');
  writeFileSync(
    config,
    `pcm.plughw {
      @args [ CARD DEV ]
      @args.CARD { type string }
      @args.DEV { type integer }
      type file
      slave.pcm { type null }
      file /dev/null
      infile "${pipe}"
      format raw
    }\n`,
  );
  vi.stubEnv('ALSA_CONFIG_PATH', config);
  const proc = path.join(folder, 'proc');
  mkdirSync(path.join(proc, 'asound/card1'), { recursive: true });
  writeFileSync(path.join(proc, 'asound/card1/id'), 'Mic\n');
  writeFileSync(path.join(proc, 'asound/pcm'), '01-00: USB Audio : USB Mic : capture 1\n');
  const registry = new DeviceRegistry({ dev: path.join(folder, 'dev'), sys: path.join(folder, 'sys'), proc });
  return { registry, pipe, unplug: () => writeFileSync(path.join(proc, 'asound/pcm'), '') };
}

describe('a microphone', { timeout: 60_000 }, () => {
  it('is heard in steady frames with their capture time, and is missed when it is pulled out', async () => {
    const { registry, pipe, unplug } = fakeCard();
    // A card gives its samples at the pace of time.
    const tone = `sine=frequency=${TONE_HZ}:sample_rate=${OPUS_SAMPLE_RATE_HZ}`;
    const args = ['-v', 'quiet', '-y', '-re', '-f', 'lavfi', '-i', tone, '-ac', '1', '-f', 's16le', pipe];
    const card = spawn('ffmpeg', args, { stdio: 'ignore' });
    onTestFinished(() => void card.kill('SIGKILL'));
    const states: SourceState[] = [];
    const frames: { captureHubMs: number; samples: Float32Array }[] = [];
    const levels: SoundHealth[] = [];
    const meter = new SoundMeter(OPUS_SAMPLE_RATE_HZ, (health) => levels.push(health));
    const clock = new BoxClock();
    const running = runSoundInput(
      { kind: 'alsa', deviceId: 'alsa:Mic,0' },
      OPUS_FRAME_SAMPLES,
      clock,
      registry,
      {
        state: (state) => states.at(-1) !== state && states.push(state),
        frame: (samples, captureHubMs) => {
          frames.push({ captureHubMs, samples: samples.slice() });
          meter.push(samples);
        },
      },
    );
    running.catch(() => undefined);
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(100), { timeout: 30_000 });
    expect(states).toEqual(['live']);
    const all = frames.slice(0, 100).flatMap(({ samples }) => [...samples]);
    expect(Math.abs(pitchOf(all) - TONE_HZ)).toBeLessThan(TONE_HZ * 0.05);
    expect(levels[0]?.levelDb).toBeGreaterThan(-40);
    const last = frames.at(-1)?.captureHubMs ?? 0;
    // What was in the pipe at the start comes in one burst; frames may run ahead of the clock by so much before they are set right.
    expect(clock.hubNowMs() - last).toBeGreaterThan(-100);
    expect(clock.hubNowMs() - last).toBeLessThan(10_000);
    expect(last - (frames[0]?.captureHubMs ?? 0)).toBeGreaterThan(1_000);
    unplug();
    card.kill('SIGKILL');
    await vi.waitFor(() => expect(states.at(-1)).toBe('device-missing'), { timeout: 20_000 });
  });
});

describe('the speaker', { timeout: 60_000 }, () => {
  it('plays what it is given, drops what is late, and shrugs at broken packets', async () => {
    const file = path.join(folder, 'played.raw');
    const out = new AudioOut({ kind: 'file', path: file });
    out.start();
    onTestFinished(() => out.stop());
    await vi.waitFor(() => expect(out.state).toBe('ready'), { timeout: 20_000 });
    const play = (payload: Uint8Array, sequence: number): void =>
      out.play('li', { sequence, timestamp: sequence * OPUS_FRAME_SAMPLES, payload });
    play(Uint8Array.of(255, 255, 255, 255), 0);
    play(new Uint8Array(0), 1);
    // Two seconds of sound in one burst, as after a stall of the network.
    tonePackets(TONE_HZ, 2).forEach((packet, i) => play(packet, i + 2));
    await vi.waitFor(() => expect(out.dropped).toBeGreaterThan(50), { timeout: 20_000 });
    await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(30_000), { timeout: 20_000 });
    const played = readFileSync(file);
    const samples = new Int16Array(played.buffer, played.byteOffset, Math.floor(played.length / 2));
    const first = samples.findIndex((sample) => Math.abs(sample) > 1_000);
    expect(Math.abs(pitchOf(samples.subarray(first, first + 2_400)) - TONE_HZ)).toBeLessThan(TONE_HZ * 0.05);
    expect(out.state).toBe('ready');
  });

  it('says that its device is missing, and keeps looking', async () => {
    const out = new AudioOut({ kind: 'alsa', deviceId: 'alsa:nothing-like-it,0' });
    out.start();
    onTestFinished(() => out.stop());
    await vi.waitFor(() => expect(out.state).toBe('device-missing'), { timeout: 20_000 });
    await out.stop();
    expect(out.state).toBe('stopped');
  });
});
