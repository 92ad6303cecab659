import { describe, expect, it } from 'vitest';
import { SELF_TEST_FINDINGS, selfTestResultSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { SelfTestResult } from '../../../src/lib/signaling/contract/index.ts';
import { BoxClock } from '../clock.ts';
import type { BoxFeeds } from '../devices/profile.ts';
import type { DeviceStats, EngineStats } from '../engine/engine.ts';
import { createVitalsSources } from '../vitals/create-source.ts';
import { runSelfTest } from './self-test.ts';
import type { SelfTestParts } from './self-test.ts';
import { MEANINGS } from './words.ts';

const size = { width: 320, height: 180, framesPerSecond: 15 } as const;
const lavfi = (slot: string, url: string): BoxFeeds['video'][number] => ({
  slot,
  streamClass: 'clinical',
  label: slot,
  source: { kind: 'ffmpeg', url, inputFormat: 'lavfi', ...size },
  minBitrateKbps: 100,
  maxBitrateKbps: 500,
});
const feeds: BoxFeeds = { video: [], audio: null, vitalsSlot: null };

function parts(fields: Partial<SelfTestParts> = {}, devices: DeviceStats[] = []): SelfTestParts {
  const clock = new BoxClock();
  const stats = { state: 'idle', estimateKbps: null, devices } as unknown as EngineStats;
  return {
    feeds,
    clock,
    engine: { stats: () => stats },
    vitals: () => null,
    makeVitalsSources: () => createVitalsSources(undefined, clock),
    freeDiskBytes: async () => 50e9,
    clockOffsetMs: () => 3,
    isHubReachable: async () => true,
    ...fields,
  };
}

const findings = ({ checks }: SelfTestResult): Record<string, string> =>
  Object.fromEntries(
    checks.map(({ subject, finding }) => {
      if (subject.kind === 'video' || subject.kind === 'sound') return [subject.slot, finding];
      return [subject.kind === 'vitals' ? subject.sourceId : subject.kind, finding];
    }),
  );

describe('self-test', { timeout: 60_000 }, () => {
  it('opens every device, and says of each what is wrong with it', async () => {
    const result = await runSelfTest(
      parts({
        feeds: {
          video: [
            lavfi('good', 'testsrc=size=320x180:rate=15'),
            lavfi('black', 'color=black:size=320x180:rate=15'),
            lavfi('frozen', 'smptebars=size=320x180:rate=15'),
            { ...lavfi('gone', ''), source: { kind: 'v4l2', deviceId: 'v4l2:nothing-like-it', ...size } },
          ],
          audio: {
            slot: 'mic',
            label: '',
            bitrateKbps: 32,
            source: { kind: 'ffmpeg', url: 'anullsrc=r=48000:cl=mono', inputFormat: 'lavfi' },
          },
          vitalsSlot: 'vitals',
          vitalsSources: [],
        },
      }),
      30_000,
    );
    expect(findings(result)).toEqual({
      good: 'ok',
      black: 'picture-black',
      frozen: 'picture-frozen',
      gone: 'device-missing',
      mic: 'sound-quiet',
      replay: 'ok',
      disk: 'ok',
      clock: 'ok',
      hub: 'ok',
    });
    expect(result.status).toBe('fail');
    expect(selfTestResultSchema.parse(result)).toEqual(result);
  });

  it('takes no longer than its limit, whatever a device does', async () => {
    const url = 'testsrc=size=320x180:rate=15,setpts=PTS+1000/TB,realtime';
    const result = await runSelfTest(parts({ feeds: { ...feeds, video: [lavfi('slow', url)] } }), 1_500);
    expect(findings(result)).toMatchObject({ slow: 'no-picture' });
    expect(result.tookMs).toBeLessThan(10_000);
  });

  it('asks what streams already instead of opening it a second time', async () => {
    const health = {
      kind: 'video',
      framesPerSecond: 5,
      meanLuma: 90,
      lumaRange: 200,
      changedPart: 0.4,
    } as const;
    const video = [
      { ...lavfi('probe', '/nowhere'), source: { kind: 'v4l2', deviceId: 'v4l2:x', ...size } as const },
    ];
    const result = await runSelfTest(
      parts({ feeds: { ...feeds, video } }, [{ slot: 'probe', source: 'live', health }]),
    );
    expect(findings(result)).toMatchObject({ probe: 'rate-low' });
    expect(result.tookMs).toBeLessThan(5_000);
  });

  it('looks at the box itself', async () => {
    const result = await runSelfTest(
      parts({
        freeDiskBytes: async () => 1e8,
        clockOffsetMs: () => null,
        isHubReachable: async () => {
          throw new Error('no route');
        },
      }),
    );
    expect(findings(result)).toEqual({ disk: 'disk-full', clock: 'clock-unknown', hub: 'hub-away' });
    expect(result.status).toBe('fail');
  });

  it('has words in both languages for everything it can find', () => {
    for (const finding of SELF_TEST_FINDINGS) {
      expect(MEANINGS[finding].zh).toMatch(/[\u4e00-\u9fff]/);
      expect(MEANINGS[finding].en.length).toBeGreaterThan(3);
    }
  });
});
