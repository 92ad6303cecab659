import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BareHub } from '../engine/testing/bare-hub.ts';
import { FarVoice, amplitudeOf } from '../engine/testing/far-voice.ts';
import { TalkBack } from './talk-back.ts';

/** Generous: other tests share the cores. */
const PATIENCE = { timeout: 30_000, interval: 50 };
/** A person who hums at 0.3 of full scale is certainly there, and certainly not. */
const HEARD = 0.15;
const SILENT = 0.02;

let hub: BareHub;
let folder: string;
let talkBack: TalkBack;
let speaker: string;
const voices: FarVoice[] = [];
const logged: string[] = [];

beforeAll(async () => {
  hub = await BareHub.start();
});
afterAll(() => hub.close());
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-talk-back-'));
  speaker = path.join(folder, 'heard.raw');
  talkBack = new TalkBack({ interfaces: [], log: (level, message) => logged.push(`${level} ${message}`) });
  talkBack.setSpeaker({ kind: 'file', path: speaker });
  logged.length = 0;
});
afterEach(async () => {
  await talkBack.stop();
  for (const voice of voices.splice(0)) voice.stop();
  rmSync(folder, { recursive: true });
});

async function speak(slot: string, hz: number): Promise<FarVoice> {
  const voice = await FarVoice.start(hub, slot, hz);
  voices.push(voice);
  return voice;
}

/** The last `ms` of what the speaker was given. */
function latest(ms: number): Int16Array {
  const bytes = readFileSync(speaker);
  const from = Math.max(0, bytes.length - ms * 96) & ~1;
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + (bytes.length & ~1)));
}

/** Looks again: under load sound is made up or left out here and there, and a tone jumps. */
const isHeard = (...tones: number[]): Promise<void> =>
  vi.waitFor(() => {
    const samples = latest(200);
    for (const hz of tones) expect(amplitudeOf(hz, samples), `${hz} Hz`).toBeGreaterThan(HEARD);
  }, PATIENCE);
const isSilent = (hz: number): Promise<void> =>
  vi.waitFor(() => expect(amplitudeOf(hz, latest(200))).toBeLessThan(SILENT), PATIENCE);

describe('talk-back from a real mediasoup worker', { timeout: 150_000 }, () => {
  it('plays everybody who speaks, together, and no longer who has left', async () => {
    await speak('li', 440);
    talkBack.entered(hub.receiveSignals, false);
    talkBack.voices([{ feedId: 'li', generation: 1 }]);
    await isHeard(440);
    await vi.waitFor(() => expect(talkBack.state).toBe('playing'), PATIENCE);

    await speak('wang', 1_000);
    talkBack.voices([
      { feedId: 'li', generation: 1 },
      { feedId: 'wang', generation: 2 },
    ]);
    await isHeard(440, 1_000);

    talkBack.voices([{ feedId: 'wang', generation: 2 }]);
    await isSilent(440);
    await isHeard(1_000);
    expect(logged).toEqual(['info speaker']);

    talkBack.left();
    await vi.waitFor(
      () => expect([...hub.consumers.values()].every(({ closed }) => closed)).toBe(true),
      PATIENCE,
    );
  });

  it('fills in for what is lost, and shrugs at garbage', async () => {
    const voice = await speak('li', 440);
    voice.loseEvery = 10;
    talkBack.entered(hub.receiveSignals, false);
    talkBack.voices([{ feedId: 'li', generation: 1 }]);
    await isHeard(440);
    // Every 200 ms one of 20 ms is lost.
    await vi.waitFor(() => expect(longestSilenceMs(latest(500))).toBeLessThan(10), PATIENCE);

    voice.garbage = Buffer.from([255, 0, 255, 255, 1, 2, 3]);
    await isSilent(440);
    voice.garbage = Buffer.from([]);
    await sleep(100);
    voice.garbage = null;
    await isHeard(440);
    expect(logged).toEqual(['info speaker']);
  });

  it('comes back by itself when its connection breaks, and when the feed is published anew', async () => {
    await speak('li', 440);
    talkBack.entered(hub.receiveSignals, false);
    talkBack.voices([{ feedId: 'li', generation: 1 }]);
    await isHeard(440);
    const [consumer] = [...hub.consumers.values()].filter(({ closed }) => !closed);
    for (const transport of hub.transports.values()) transport.close();
    await vi.waitFor(() => expect(logged).toContain('warn the voices of the room are lost'), PATIENCE);
    await vi.waitFor(() => {
      const open = [...hub.consumers.values()].filter(({ closed }) => !closed);
      expect(open.length).toBe(1);
      expect(open[0]).not.toBe(consumer);
    }, PATIENCE);
    await isHeard(440);

    await speak('li', 1_000);
    talkBack.voices([{ feedId: 'li', generation: 2 }]);
    await isHeard(1_000);
    await isSilent(440);
  });

  it('connects to nothing without a speaker', async () => {
    talkBack.setSpeaker(null);
    const before = hub.transports.size;
    await speak('li', 440);
    talkBack.entered(hub.receiveSignals, false);
    talkBack.voices([{ feedId: 'li', generation: 1 }]);
    await sleep(300);
    expect(hub.transports.size).toBe(before);
    expect(talkBack.state).toBeNull();
    // One that is not plugged in is another thing: it may come, and people are told.
    talkBack.setSpeaker({ kind: 'alsa', deviceId: 'alsa:nothing-like-it,0' });
    await vi.waitFor(() => expect(talkBack.state).toBe('fault'), PATIENCE);
  });
});

function longestSilenceMs(samples: Int16Array): number {
  let [longest, run] = [0, 0];
  for (const sample of samples) {
    run = Math.abs(sample) < 50 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest / 48;
}
