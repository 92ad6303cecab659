import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../signaling/contract/index.ts';
import { MediaPool, type RoomMedia } from './index.ts';
import { audioParameters, everything, SHA256_FINGERPRINT, videoParameters } from './testing/parameters.ts';

const refused = (code: ErrorCode) => expect.objectContaining({ name: 'HubError', code });

describe('the media of a room', () => {
  let pool: MediaPool;
  let room: RoomMedia;
  let workerPid: number;
  let ssrc = 1000;

  beforeAll(async () => {
    pool = await MediaPool.start({
      workers: 1,
      listenIp: '127.0.0.1',
      announcedAddresses: ['192.0.2.7', '10.1.2.3'],
      maxConsumersPerRoom: 4,
      log: pino({ level: 'silent' }),
    });
    workerPid = pool.workerPids()[0]!;
  });
  beforeEach(async () => {
    pool.closeRoom('room-a');
    room = await pool.openRoom('room-a');
  });
  afterAll(() => {
    // Whatever the tests sent, it is the worker of the beginning.
    expect(pool.workerPids()).toEqual([workerPid]);
    pool.close();
  });

  const publish = async (media: RoomMedia, sessionId: string, kind: 'audio' | 'video' = 'video') => {
    const { id: transportId } = await media.createTransport(sessionId, 'send');
    const parameters = kind === 'video' ? videoParameters(++ssrc) : audioParameters(++ssrc);
    const { producerId } = await media.produce(sessionId, {
      transportId,
      kind,
      rtpParameters: parameters,
      paused: false,
    });
    return { transportId, producerId };
  };
  const receive = async (media: RoomMedia, sessionId: string, producerId: string) => {
    const { id: transportId } = await media.createTransport(sessionId, 'receive');
    const consumer = await media.consume(sessionId, {
      transportId,
      producerId,
      rtpCapabilities: everything(media),
    });
    return { transportId, ...consumer };
  };

  it('announces every address for one UDP and one TCP port, the first one preferred', async () => {
    const { iceCandidates } = await room.createTransport('s1', 'send');
    const { port } = pool.stats()[0]!;
    expect(iceCandidates.map(({ address, protocol, port: at }) => [address, protocol, at])).toEqual([
      ['192.0.2.7', 'udp', port],
      ['10.1.2.3', 'udp', port],
      ['192.0.2.7', 'tcp', port],
      ['10.1.2.3', 'tcp', port],
    ]);
    const priorities = iceCandidates.map(({ priority }) => priority);
    expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
    expect(new Set(iceCandidates.map(({ foundation }) => foundation)).size).toBe(4);
  });

  it('speaks the codecs and header extensions that the clients count on', () => {
    const { codecs, headerExtensions } = room.rtpCapabilities;
    const types = new Set(codecs!.map(({ mimeType }) => mimeType));
    for (const wanted of ['audio/opus', 'video/VP8', 'video/H264', 'video/VP9', 'video/AV1']) {
      expect(types).toContain(wanted);
    }
    expect(codecs!.find(({ mimeType }) => mimeType === 'audio/opus')!.parameters).toMatchObject({
      useinbandfec: 1,
      usedtx: 1,
    });
    const captureTime = headerExtensions!.filter(({ uri }) => uri.endsWith('/abs-capture-time'));
    expect(captureTime.map(({ kind, direction }) => [kind, direction])).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ]);
  });

  it('knows only what is the own: ids of another member or of nobody are not found', async () => {
    const mine = await publish(room, 's1');
    const theirs = await receive(room, 's2', mine.producerId);
    const notFound = refused('not_found');
    const dtls = { fingerprints: [SHA256_FINGERPRINT] };
    await expect(room.connectTransport('s2', mine.transportId, dtls)).rejects.toEqual(notFound);
    await expect(room.restartIce('s2', mine.transportId)).rejects.toEqual(notFound);
    await expect(room.closeTransport('s2', mine.transportId)).rejects.toEqual(notFound);
    await expect(room.pauseProducer('s2', mine.producerId, true)).rejects.toEqual(notFound);
    await expect(room.closeProducer('s2', mine.producerId)).rejects.toEqual(notFound);
    await expect(room.setConsumer('s1', theirs.consumerId, { paused: false })).rejects.toEqual(notFound);
    await expect(room.requestKeyFrame('s1', theirs.consumerId)).rejects.toEqual(notFound);
    await expect(room.closeConsumer('s1', theirs.consumerId)).rejects.toEqual(notFound);
    await expect(
      room.produce('s2', {
        transportId: mine.transportId,
        kind: 'video',
        rtpParameters: videoParameters(++ssrc),
        paused: false,
      }),
    ).rejects.toEqual(notFound);
    await expect(room.restartIce('s1', randomUUID())).rejects.toEqual(notFound);
    await expect(room.restartIce('nobody', mine.transportId)).rejects.toEqual(notFound);
    // And all of it still works for those whose it is.
    await room.setConsumer('s2', theirs.consumerId, { paused: false, priority: 200 });
    await room.requestKeyFrame('s2', theirs.consumerId);
    await room.pauseProducer('s1', mine.producerId, true);
  });

  it('does not reach into another room', async () => {
    const other = await pool.openRoom('room-b');
    const { producerId } = await publish(other, 's1');
    const { id: transportId } = await room.createTransport('s1', 'receive');
    await expect(
      room.consume('s1', { transportId, producerId, rtpCapabilities: everything(room) }),
    ).rejects.toEqual(refused('not_found'));
    pool.closeRoom('room-b');
  });

  it('refuses an empty list of fingerprints, and the worker lives', async () => {
    const { id } = await room.createTransport('s1', 'send');
    await expect(room.connectTransport('s1', id, { fingerprints: [] })).rejects.toEqual(
      refused('invalid_message'),
    );
    await expect(room.connectTransport('s1', id, {} as never)).rejects.toEqual(refused('invalid_message'));
    await room.connectTransport('s1', id, { role: 'client', fingerprints: [SHA256_FINGERPRINT] });
    await expect(
      room.connectTransport('s1', id, { role: 'client', fingerprints: [SHA256_FINGERPRINT] }),
    ).rejects.toEqual(refused('conflict'));
  });

  it('refuses what no router can route with an error that says so', async () => {
    const { id: transportId } = await room.createTransport('s1', 'send');
    const produce = (rtpParameters: ReturnType<typeof videoParameters>, kind: 'audio' | 'video' = 'video') =>
      room.produce('s1', { transportId, kind, rtpParameters, paused: false });
    const [codec] = videoParameters(1).codecs;
    await expect(
      produce({ codecs: [{ ...codec!, mimeType: 'video/H266' }], encodings: [{ ssrc: ++ssrc }] }),
    ).rejects.toEqual(refused('unsupported_media'));
    await expect(produce({ codecs: [codec!], encodings: [] as never })).rejects.toEqual(
      refused('invalid_message'),
    );
    await produce(videoParameters(7));
    await expect(produce(videoParameters(7))).rejects.toMatchObject({ name: 'HubError' });
    const { id: receiving } = await room.createTransport('s1', 'receive');
    await expect(
      room.produce('s1', {
        transportId: receiving,
        kind: 'video',
        rtpParameters: videoParameters(++ssrc),
        paused: false,
      }),
    ).rejects.toEqual(refused('invalid_message'));
    const { producerId } = await publish(room, 's2');
    await expect(
      room.consume('s1', {
        transportId: receiving,
        producerId,
        rtpCapabilities: { codecs: [], headerExtensions: [] },
      }),
    ).rejects.toEqual(refused('unsupported_media'));
  });

  it('is full at its limit, and takes more once somebody left', async () => {
    const { producerId } = await publish(room, 's1');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => receive(room, `v${index}`, producerId)),
    );
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures.map(({ reason }) => reason)).toEqual([refused('room_full'), refused('room_full')]);
    await Promise.all(Array.from({ length: 6 }, (_, index) => room.closeSession(`v${index}`)));
    expect(room.consumerCount).toBe(0);
    await receive(room, 'late', producerId);
  });

  it('tells the receivers when a producer closes, and who its producer was', async () => {
    const consumerClosed = vi.fn();
    const producerClosed = vi.fn();
    room.on('consumerClosed', consumerClosed);
    room.on('producerClosed', producerClosed);
    const { producerId } = await publish(room, 's1');
    const { consumerId } = await receive(room, 's2', producerId);
    await room.closeSession('s1');
    await vi.waitFor(() => expect(consumerClosed).toHaveBeenCalledWith({ sessionId: 's2', consumerId }));
    expect(producerClosed).toHaveBeenCalledWith({ sessionId: 's1', producerId });
    await expect(room.setConsumer('s2', consumerId, { paused: false })).rejects.toEqual(refused('not_found'));
    expect(room.consumerCount).toBe(0);
    expect(room.producerCount).toBe(0);
  });

  it('carries data producers with the same rules', async () => {
    const { id: sending } = await room.createTransport('s1', 'send');
    const { id: receiving } = await room.createTransport('s2', 'receive');
    const { dataProducerId } = await room.produceData('s1', {
      transportId: sending,
      label: 'vitals',
      sctpStreamParameters: { streamId: 0, ordered: false, maxRetransmits: 0 },
    });
    const consumer = await room.consumeData('s2', { transportId: receiving, dataProducerId });
    expect(consumer).toMatchObject({ dataProducerId, label: 'vitals' });
    await expect(room.closeConsumer('s1', consumer.dataConsumerId)).rejects.toEqual(refused('not_found'));
    await room.closeConsumer('s2', consumer.dataConsumerId);
    await room.closeProducer('s1', dataProducerId);
    await expect(room.consumeData('s2', { transportId: receiving, dataProducerId })).rejects.toEqual(
      refused('not_found'),
    );
  });

  it('leaves nothing behind when a session closes in the midst of being built', async () => {
    const { producerId } = await publish(room, 's1');
    const building = Array.from({ length: 8 }, () => receive(room, 's2', producerId));
    await room.closeSession('s2');
    const outcomes = await Promise.allSettled(building);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'HubError' });
    }
    await room.closeSession('s2');
    expect(room.consumerCount).toBe(0);
    expect(await room.stats('s2')).toEqual({ transports: [], producers: [], dataProducers: [] });
  });

  it('reports figures of the own transports and producers', async () => {
    const { transportId, producerId } = await publish(room, 's1');
    const { transports, producers } = await room.stats('s1');
    expect(transports).toEqual([
      {
        transportId,
        direction: 'send',
        availableBitrateKbps: null,
        sendBitrateKbps: 0,
        recvBitrateKbps: 0,
        rttMs: null,
      },
    ]);
    expect(producers).toEqual([{ producerId, score: 0, bitrateKbps: 0, lossFraction: 0 }]);
    expect(await room.link('s1')).toEqual({
      rttMs: null,
      pictures: [{ producerId, bytes: 0 }],
      receivedBytes: 0,
    });
    expect(await room.link('nobody')).toBeNull();
  });
});
