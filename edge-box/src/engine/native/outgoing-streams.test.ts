import { describe, expect, it } from 'vitest';
import { rtpParametersSchema } from '../../../../src/lib/signaling/contract/media-parameters.ts';
import type { EngineConfig, MediaSignals, ProduceRequest, VideoFeedConfig } from '../engine.ts';
import { OutgoingStreams } from './outgoing-streams.ts';

const feed = (slot: string, streamClass: VideoFeedConfig['streamClass'], layers: 1 | 3): VideoFeedConfig => ({
  slot,
  streamClass,
  label: '',
  source: { kind: 'sector-scan', width: 960, height: 540, framesPerSecond: 30 },
  minBitrateKbps: 300,
  maxBitrateKbps: 1_500,
  simulcastLayers: layers,
});
const config: EngineConfig = {
  video: [feed('probe', 'clinical', 3), feed('room', 'face', 1)],
  audio: { slot: 'sound', label: '', bitrateKbps: 40 },
  vitalsSlot: null,
};
const ssrcOf = (report: Buffer): number => report.readUInt32BE(4);

describe('outgoing streams', () => {
  it('tell the hub of all sizes of a picture in one producer, smallest first, in terms of its contract', async () => {
    const streams = new OutgoingStreams(config);
    const requests: ProduceRequest[] = [];
    const signals = {
      produce: (request: ProduceRequest) => {
        requests.push(request);
        return Promise.resolve({ producerId: '1' });
      },
    } as unknown as MediaSignals;
    await Promise.all(streams.produceAll(signals, 'transport'));
    expect(requests.map(({ slot }) => slot)).toEqual(['probe', 'room', 'sound']);
    for (const { rtpParameters } of requests)
      expect(rtpParametersSchema.safeParse(rtpParameters).success).toBe(true);
    const encodings = requests.map(({ rtpParameters }) => rtpParameters.encodings);
    expect(encodings.map(({ length }) => length)).toEqual([3, 1, 1]);
    expect(encodings[0]?.map(({ ssrc }) => ssrc)).toEqual(
      streams.of('probe').map(({ config: { ssrc } }) => ssrc),
    );
    const ssrcs = encodings.flat().flatMap(({ ssrc, rtx }) => (rtx ? [ssrc, rtx.ssrc] : [ssrc]));
    expect(new Set(ssrcs).size).toBe(9);
  });

  it('know the size that the hub asks of, and send the clinical picture itself before its smaller sizes', () => {
    const streams = new OutgoingStreams(config);
    streams.of('probe').forEach(({ config: { ssrc } }, layer) => {
      expect(streams.bySsrc(ssrc)).toMatchObject({
        slot: 'probe',
        layer,
        lane: layer === 2 ? 'clinical' : 'other',
      });
    });
    expect(streams.get('room', 0)?.lane).toBe('other');
    expect(streams.get('sound', 0)?.lane).toBeNull();
    expect(streams.bySsrc(1)).toBeUndefined();
  });

  it('fill probes up with the largest size of the first feed alone', () => {
    const streams = new OutgoingStreams(config);
    streams.get('probe', 0)?.stream.packetise([Buffer.from('small')], 0);
    expect(streams.padding()).toBeNull();
    streams.get('probe', 2)?.stream.packetise([Buffer.from('large')], 0);
    expect(streams.padding()?.ssrc).toBe(streams.of('probe')[2]?.config.rtx?.ssrc);
  });

  it('report on all but smaller sizes that have sent nothing since the last report', () => {
    const streams = new OutgoingStreams(config);
    const [small, middle, large] = streams.of('probe');
    const reported = (): number[] => streams.senderReports(1_790_000_000_000).map(ssrcOf);
    const ssrcs = streams.all().map(({ config: { ssrc } }) => ssrc);
    expect(reported()).toEqual(ssrcs);
    middle?.packetise([Buffer.from('x')], 0);
    expect(reported()).toEqual(ssrcs.filter((ssrc) => ssrc !== small?.config.ssrc));
    expect(reported()).toEqual([large?.config.ssrc, ...ssrcs.slice(3)]);
    small?.packetise([Buffer.from('x')], 0);
    expect(reported()).toContain(small?.config.ssrc);
  });
});
