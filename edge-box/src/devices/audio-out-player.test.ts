import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AlsaPlayer } from './audio-out-player.ts';

const PATIENCE = { timeout: 15_000, interval: 20 };
let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'rui-player-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function started(address: string): Promise<{ player: AlsaPlayer; ended: () => number }> {
  let [ready, ended] = [false, 0];
  const player = new AlsaPlayer(address, { ready: () => (ready = true), ended: () => ended++ });
  await vi.waitFor(() => expect(ready).toBe(true), PATIENCE);
  return { player, ended: () => ended };
}

const ramp = (samples: number): Int16Array => Int16Array.from({ length: samples }, (_, i) => i);

/** The border: there is no sound card here. ALSA's own library, through its real player, writes down what a card would have played. */
it("plays through the system's own player", async () => {
  const played = path.join(folder, 'played');
  const config = path.join(folder, 'asound.conf');
  writeFileSync(
    config,
    `pcm.plughw { @args [ CARD DEV ] @args.CARD { type string } @args.DEV { type integer }
      type file slave.pcm { type null } file "${played}" format raw }\n`,
  );
  vi.stubEnv('ALSA_CONFIG_PATH', config);
  const { player } = await started('plughw:1,0');
  player.write(ramp(9_600));
  await vi.waitFor(
    () => expect(existsSync(played) && readFileSync(played).length).toBeGreaterThanOrEqual(9_600),
    PATIENCE,
  );
  const bytes = readFileSync(played);
  const heard = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 9_600));
  expect([...heard]).toEqual([...ramp(4_800)]);
  expect(player.behindMs()).toBe(0);
});

/** A player of our own in the place of the system's: takes samples at the pace of time, which no card here does. */
it('knows how far the card is behind, and says once that it ended', async () => {
  const program = path.join(folder, 'aplay');
  writeFileSync(
    program,
    `#!/usr/bin/perl
    for (my $read = 0; $read < 96000; select(undef, undef, undef, 0.01)) {
      $read += sysread(STDIN, my $ten_ms, 960);
    }\n`,
  );
  chmodSync(program, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  const { player, ended } = await started('plughw:1,0');
  expect(player.behindMs()).toBe(0);
  player.write(ramp(48_000));
  expect(player.behindMs()).toBeGreaterThan(950);
  await vi.waitFor(() => expect(player.behindMs()).toBeLessThan(900), PATIENCE);
  expect(player.behindMs()).toBeGreaterThan(300);
  expect(ended()).toBe(0);
  await vi.waitFor(() => expect(ended()).toBe(1), PATIENCE);
});
