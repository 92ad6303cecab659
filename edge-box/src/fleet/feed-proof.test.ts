import { expect, it } from 'vitest';
import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import { BoxClock } from '../clock.ts';
import type { Engine, EngineStats } from '../engine/engine.ts';
import { FeedProof } from './feed-proof.ts';

const config = (path: string): BoxConfig => ({
  video: [
    {
      slot: 'scope',
      streamClass: 'clinical',
      label: '',
      source: { kind: 'file', path, width: 320, height: 180, framesPerSecond: 5 },
      minBitrateKbps: 100,
      maxBitrateKbps: 300,
    },
  ],
  audio: null,
  vitalsSlot: null,
  updateChannel: 'stable',
});
const idle = {
  stats: () => ({ state: 'idle' }) as EngineStats,
  on: () => undefined,
} as Partial<Engine> as Engine;
const proofOf = (isPaused: boolean) => new FeedProof(idle, new BoxClock(), () => isPaused);

it('says why a source gives no picture', async () => {
  await expect(proofOf(false).prove(config('/no/such/film.mkv'), ['scope'])).rejects.toThrow(/^scope: /);
});

it('does not open what people beside the box have closed, nor what was not asked for', async () => {
  await proofOf(true).prove(config('/no/such/film.mkv'), ['scope']);
  await proofOf(false).prove(config('/no/such/film.mkv'), []);
});
