import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BoxCall } from '../../../src/lib/signaling/contract/index.ts';
import type { Engine, EngineStats, VideoFeedConfig } from '../engine/engine.ts';
import { HelpCall } from './help-call.ts';
import { judgeLink } from './link.ts';
import { Privacy } from './privacy.ts';

const feed = (slot: string): VideoFeedConfig => ({
  slot,
  streamClass: 'clinical',
  label: slot,
  source: { kind: 'sector-scan', width: 320, height: 180, framesPerSecond: 5 },
  minBitrateKbps: 100,
  maxBitrateKbps: 1000,
});

describe('privacy', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'rui-privacy-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function anEngine(): { engine: Engine; paused: Map<string, boolean> } {
    const paused = new Map<string, boolean>();
    return { engine: { setPaused: (slot, on) => void paused.set(slot, on) } as Engine, paused };
  }
  const config = { video: [feed('probe')], audio: { slot: 'sound', label: '', bitrateKbps: 48 } };

  it('closes everything that sees or hears; mute the sound alone; and so does the next engine and the next start', () => {
    const first = anEngine();
    const privacy = new Privacy(folder);
    privacy.follow(first.engine, config);
    privacy.choose({ muted: true });
    expect([...first.paused]).toEqual([
      ['probe', false],
      ['sound', true],
    ]);
    privacy.choose({ privacy: true });
    expect([...first.paused.values()]).toEqual([true, true]);
    const second = anEngine();
    privacy.follow(second.engine, config);
    expect([...second.paused.values()]).toEqual([true, true]);

    const later = new Privacy(folder);
    expect(later.choice).toEqual({ privacy: true, muted: true });
    later.follow(second.engine, config);
    later.choose({ privacy: false });
    expect([...second.paused]).toEqual([
      ['probe', false],
      ['sound', true],
    ]);
  });

  it('counts as closed when what was chosen cannot be read', () => {
    writeFileSync(path.join(folder, 'privacy.json'), '{"privacy":');
    expect(new Privacy(folder).isPaused('probe')).toBe(true);
  });
});

describe('the link in words', () => {
  const stats = (fields: Partial<EngineStats>, held = false, targetKbps = 1000): EngineStats =>
    ({
      state: 'connected',
      estimateKbps: 2000,
      rttMs: 40,
      video: [{ slot: 'probe', held, targetKbps }],
      ...fields,
    }) as EngineStats;
  const judge = (engine: EngineStats, online = true, paused = false) =>
    judgeLink(online, engine, [feed('probe')], () => paused);

  it('says what was given up', () => {
    expect(judge(stats({}))).toMatchObject({ level: 'good', held: [], reduced: [] });
    expect(judge(stats({}, true))).toMatchObject({ level: 'weak', held: ['probe'] });
    expect(judge(stats({}, false, 300))).toMatchObject({ level: 'weak', reduced: ['probe'] });
    expect(judge(stats({}, true), true, true)).toMatchObject({ level: 'good', held: [] });
    expect(judge(stats({}), false).level).toBe('weak');
    expect(judge(stats({ state: 'lost' })).level).toBe('gone');
    expect(judge(stats({ state: 'idle' }), false).level).toBe('gone');
    expect(judge(stats({ state: 'idle' })).level).toBe('idle');
  });

  it('names the carrier', () => {
    const path = (name: string, active: boolean) => ({ name, active, rttMs: 1, lossPart: 0 });
    expect(judge(stats({ paths: [path('wwan0', false), path('wwan1', true)] }))).toMatchObject({
      carrier: 'wwan1',
      otherCarriers: 1,
    });
  });
});

describe('a call for help', () => {
  it('waits for the link, goes out when it is back, is the same call over retries, and can be taken back', async () => {
    const asked: string[] = [];
    let fails = true;
    const answer = (callId: string, state: BoxCall['state']): BoxCall => ({
      callId,
      state,
      by: null,
      roomId: null,
      expiresAtMs: 0,
    });
    const line = {
      status: 'offline',
      callForHelp: async (callId: string) => {
        asked.push(callId);
        if (fails) throw new Error('lost');
        return answer(callId, 'open');
      },
      cancelCall: async (callId: string) => {
        asked.push(`cancel ${callId}`);
        return answer(callId, 'cancelled');
      },
    };
    vi.useFakeTimers({ toFake: ['performance'] });
    const help = new HelpCall(line, () => undefined);
    help.call();
    help.tick();
    expect(asked).toEqual([]);
    expect(help.view?.state).toBe('waiting');
    line.status = 'online';
    help.tick();
    await vi.waitFor(() => expect(asked.length).toBe(1));
    fails = false;
    await vi.waitFor(() => {
      vi.advanceTimersByTime(6_000);
      help.tick();
      expect(help.view?.state).toBe('ringing');
    });
    expect(new Set(asked).size).toBe(1);
    help.heard({ ...answer('another', 'answered'), by: '李' });
    expect(help.view?.state).toBe('ringing');
    help.cancel();
    await vi.waitFor(() => {
      help.tick();
      expect(asked.at(-1)).toBe(`cancel ${asked[0]}`);
    });
    expect(help.view?.state).toBe('cancelled');
    help.call();
    await vi.waitFor(() => {
      help.tick();
      expect(help.view?.state).toBe('ringing');
    });
    help.heard({ ...answer(asked.at(-1) ?? '', 'answered'), by: '李' });
    expect(help.view).toMatchObject({ state: 'answered', by: '李' });
    vi.useRealTimers();
  });
});
