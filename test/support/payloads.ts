import { randomUUID } from 'node:crypto';
import type { RequestType } from '../../src/lib/signaling/contract/index.ts';

const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

/** A payload that the contract accepts, about things that do not exist: only the right to ask decides the answer. */
export function validPayload(type: RequestType, roomId: string): object {
  const nobody = 'a_nobody';
  const transportId = randomUUID();
  const rtpParameters = {
    codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }],
    encodings: [{ ssrc: 1234 }],
  };
  const rtpCapabilities = { codecs: [], headerExtensions: [] };
  const payloads: Record<RequestType, object> = {
    'clock.sync': { clientMs: 1 },
    'box.hello': { version: '1.0.0' },
    'box.report': {
      appVersion: '1.0.0',
      uptimeS: 5,
      cpuPercent: 10,
      memoryPercent: 10,
      diskPercent: 10,
      temperatureC: null,
      clockOffsetMs: 0,
      serving: false,
      feeds: [],
      link: { state: 'idle', estimateKbps: null, rttMs: null, lossPercent: null, path: null },
      modem: null,
      outbox: null,
      config: { version: 0, trial: false, failed: null, own: null },
      update: null,
      problems: [],
    },
    'room.join': { roomId },
    'room.withdraw': { roomId },
    'room.leave': { roomId },
    'room.sync': { roomId, sinceSeq: 0 },
    'room.end': { roomId },
    'lobby.admit': { roomId, memberId: nobody },
    'lobby.refuse': { roomId, memberId: nobody },
    'member.mute': { roomId, feedId: `${nobody}:camera` },
    'member.remove': { roomId, memberId: nobody },
    'host.transfer': { roomId, memberId: nobody },
    'hand.raise': { roomId, raised: true },
    'chat.send': { roomId, messageId: randomUUID(), text: '你好' },
    'invitation.create': { roomId, name: '患者', role: 'patient', validMinutes: 30 },
    'box.attach': { roomId, boxId: 'x_nothing' },
    'box.detach': { roomId, boxId: 'x_nothing' },
    'box.call': { callId: randomUUID() },
    'box.cancelCall': { callId: randomUUID() },
    'box.confirmPatient': {
      roomId,
      patient: { maskedName: '无*人', maskedId: '****0000' },
      laterality: 'left',
    },
    'box.keepPicture': { roomId, feedId: `${nobody}:probe` },
    'box.pictureKept': { roomId, askId: randomUUID(), outcome: 'kept' },
    'media.createTransport': { roomId, direction: 'send' },
    'media.connectTransport': {
      roomId,
      transportId,
      dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
    },
    'media.restartIce': { roomId, transportId },
    'media.closeTransport': { roomId, transportId },
    'media.setClock': { roomId, clockOffsetMs: 12 },
    'media.stats': { roomId },
    'media.produce': {
      roomId,
      transportId,
      slot: 'camera',
      kind: 'video',
      streamClass: 'face',
      label: '',
      paused: false,
      rtpParameters,
    },
    'media.produceData': {
      roomId,
      transportId,
      slot: 'vitals',
      label: 'vitals',
      sctpStreamParameters: { streamId: 1 },
    },
    'media.pauseFeed': { roomId, feedId: `${nobody}:camera`, paused: true },
    'media.closeFeed': { roomId, feedId: `${nobody}:camera` },
    'media.consume': { roomId, transportId, feedId: `${nobody}:camera`, rtpCapabilities },
    'media.consumeData': { roomId, transportId, feedId: `${nobody}:vitals` },
    'media.setConsumer': { roomId, consumerId: transportId, paused: false },
    'media.requestKeyFrame': { roomId, consumerId: transportId },
    'media.closeConsumer': { roomId, consumerId: transportId },
  };
  return payloads[type];
}
