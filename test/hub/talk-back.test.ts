import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { BoxClock } from '../../edge-box/src/clock.ts';
import type { HubTransport, MediaSignals } from '../../edge-box/src/engine/engine.ts';
import { NativeEngine } from '../../edge-box/src/engine/native/native-engine.ts';
import type { ReceiveSignals } from '../../edge-box/src/talk-back/receive-connection.ts';
import { RECEIVE_CAPABILITIES, voicesOf } from '../../edge-box/src/talk-back/room-voices.ts';
import { TalkBack } from '../../edge-box/src/talk-back/talk-back.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { Stage } from '../support/stage.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };
let local: LocalHub;
let stage: Stage;
let folder: string;
let doctor: NativeEngine;
let talkBack: TalkBack;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-talk-back-'));
  local = await startLocalHub();
  stage = await Stage.open(local.hub);
});
afterAll(async () => {
  await talkBack?.stop();
  await doctor?.disconnect();
  await local.close();
  rmSync(folder, { recursive: true });
});

/** The way of a member into the real room, without a socket in between. */
const asked = <T>(role: string, type: string, data: object): Promise<T> =>
  stage.do(role, type, data) as Promise<unknown> as Promise<T>;

const sendingAs = (role: string): MediaSignals => ({
  createTransport: () => asked<HubTransport>(role, 'media.createTransport', { direction: 'send' }),
  connectTransport: (transportId, dtlsParameters) =>
    asked(role, 'media.connectTransport', { transportId, dtlsParameters }),
  closeTransport: (transportId) => asked(role, 'media.closeTransport', { transportId }),
  produce: (request) => asked(role, 'media.produce', { ...request, paused: false }),
  produceData: (request) => asked(role, 'media.produceData', request),
});
const receivingAs = (role: string): ReceiveSignals => ({
  createTransport: () => asked<HubTransport>(role, 'media.createTransport', { direction: 'receive' }),
  connectTransport: (transportId, dtlsParameters) =>
    asked(role, 'media.connectTransport', { transportId, dtlsParameters }),
  closeTransport: (transportId) => asked(role, 'media.closeTransport', { transportId }),
  consume: async (transportId, feedId) => {
    const request = { transportId, feedId, rtpCapabilities: RECEIVE_CAPABILITIES };
    const { consumerId, rtpParameters } = await asked<{
      consumerId: string;
      rtpParameters: { encodings: [{ ssrc: number }] };
    }>(role, 'media.consume', request);
    return { consumerId, ssrc: rtpParameters.encodings[0].ssrc };
  },
  resume: (consumerId) => asked(role, 'media.setConsumer', { consumerId, paused: false }),
  closeConsumer: (consumerId) => asked(role, 'media.closeConsumer', { consumerId }),
});

it(
  "a box's speaker plays what is said in its room, as the room's own rules allow",
  { timeout: 120_000 },
  async () => {
    await stage.enter('rural_doctor', 'box');
    const audio = { slot: 'voice', label: '', bitrateKbps: 32 };
    doctor = new NativeEngine({ video: [], audio, vitalsSlot: null }, new BoxClock());
    await doctor.connect(sendingAs('rural_doctor'));

    const speaker = path.join(folder, 'heard.raw');
    const problems: string[] = [];
    talkBack = new TalkBack({
      interfaces: [],
      log: (level, message, facts) =>
        level !== 'info' && problems.push(`${message} ${JSON.stringify(facts)}`),
    });
    talkBack.setSpeaker({ kind: 'file', path: speaker });
    talkBack.entered(receivingAs('box'), false);
    const voices = voicesOf(await stage.state(), stage.as('box').principalId);
    expect(voices).toHaveLength(1);
    talkBack.voices(voices);
    // The made-up heart.
    await vi.waitFor(() => {
      const bytes = readFileSync(speaker);
      let peak = 0;
      for (let at = 0; at + 1 < bytes.length; at += 2) peak = Math.max(peak, Math.abs(bytes.readInt16LE(at)));
      expect(peak).toBeGreaterThan(1_000);
    }, PATIENCE);
    await vi.waitFor(() => expect(talkBack.state).toBe('playing'), PATIENCE);
    expect(problems).toEqual([]);
  },
);
