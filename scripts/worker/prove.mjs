// Proves that a mediasoup worker binary can carry a call here: a real DTLS handshake with another implementation
// (libdatachannel), then sound in both directions through SRTP, and a message through SCTP. Without it a worker that
// starts well but crashes at its first handshake (as one built against a foreign OpenSSL did) would pass for good.
//
//   node scripts/worker/prove.mjs <binary>
import * as mediasoup from 'mediasoup';
import datachannel from 'node-datachannel';
import process from 'node:process';

const LIMIT_MS = 15_000;
const SEND_EVERY_MS = 20;
const OPUS = {
  mimeType: 'audio/opus',
  payloadType: 111,
  clockRate: 48000,
  channels: 2,
  parameters: {},
  rtcpFeedback: [],
};
const UP_SSRC = 11111111;
const DOWN_SSRC = 22222222;
const STREAM_ID = 1;

/** @param {number} ssrc @param {number} sequence @param {string} payload */
function rtpPacket(ssrc, sequence, payload) {
  const packet = Buffer.alloc(12 + payload.length);
  packet[0] = 0x80;
  packet[1] = OPUS.payloadType;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(sequence * 960, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.write(payload, 12, 'latin1');
  return packet;
}

/** @param {string} sdp */
function fingerprintOf(sdp) {
  const [, algorithm, value] = /a=fingerprint:(\S+) (\S+)/.exec(sdp) ?? [];
  if (!algorithm || !value) throw new Error('no fingerprint in the offer');
  return { algorithm: /** @type {'sha-256'} */ (algorithm.toLowerCase()), value };
}

/** @param {import('mediasoup').types.WebRtcTransport} transport @param {string} offer @param {number} ssrc */
function answerFor(transport, offer, ssrc) {
  const mids = [...offer.matchAll(/^a=mid:(\S+)/gm)].map((match) => match[1]);
  const fingerprint = transport.dtlsParameters.fingerprints.find((one) => one.algorithm === 'sha-256');
  const security = [
    `a=ice-ufrag:${transport.iceParameters.usernameFragment}`,
    `a=ice-pwd:${transport.iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint?.value}`,
    'a=setup:passive',
    ...transport.iceCandidates.map(
      (one) => `a=candidate:${one.foundation} 1 udp ${one.priority} ${one.ip} ${one.port} typ host`,
    ),
    'a=end-of-candidates',
  ];
  const sections = [...offer.matchAll(/^m=(\w+)/gm)].map((match, index) =>
    match[1] === 'audio'
      ? [
          `m=audio 9 UDP/TLS/RTP/SAVPF ${OPUS.payloadType}`,
          'c=IN IP4 127.0.0.1',
          `a=mid:${mids[index]}`,
          'a=sendrecv',
          'a=rtcp-mux',
          `a=rtpmap:${OPUS.payloadType} opus/48000/2`,
          `a=ssrc:${ssrc} cname:proof`,
          ...security,
        ]
      : [
          'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
          'c=IN IP4 127.0.0.1',
          `a=mid:${mids[index]}`,
          'a=sctp-port:5000',
          'a=max-message-size:262144',
          ...security,
        ],
  );
  const session = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mids.join(' ')}`,
  ];
  return [...session, ...sections.flat(), ''].join('\r\n');
}

/** @param {string} workerBin */
async function prove(workerBin) {
  /** @type {Record<string, boolean>} */
  const seen = { dtls: false, soundUp: false, soundDown: false, message: false };
  const done = Promise.withResolvers();
  /** @param {string} what */
  const see = (what) => {
    seen[what] = true;
    if (Object.values(seen).every(Boolean)) done.resolve(undefined);
  };

  const worker = await mediasoup.createWorker({ workerBin, logLevel: 'error' });
  worker.on('died', (error) => done.reject(new Error(`the worker died: ${error?.message}`)));
  const router = await worker.createRouter({
    mediaCodecs: [{ kind: 'audio', ...OPUS, preferredPayloadType: 111 }],
  });
  const direct = await router.createDirectTransport();
  const transport = await router.createWebRtcTransport({
    listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
    enableSctp: true,
  });
  transport.on('dtlsstatechange', (state) => state === 'connected' && see('dtls'));

  const downProducer = await direct.produce({
    kind: 'audio',
    rtpParameters: { codecs: [OPUS], encodings: [{ ssrc: DOWN_SSRC }], rtcp: { cname: 'proof' } },
  });
  const rtpCapabilities = router.rtpCapabilities;
  const downConsumer = await transport.consume({ producerId: downProducer.id, rtpCapabilities });
  const downSsrc = downConsumer.rtpParameters.encodings?.[0]?.ssrc ?? 0;

  const peer = new datachannel.PeerConnection('proof', { iceServers: [] });
  const audio = new datachannel.Audio('sound', 'SendRecv');
  audio.addOpusCodec(OPUS.payloadType);
  audio.addSSRC(UP_SSRC, 'proof');
  const track = peer.addTrack(audio);
  track.onMessage((data) => Buffer.from(data).includes('down') && see('soundDown'));
  const channel = peer.createDataChannel('proof', { negotiated: true, id: STREAM_ID });

  peer.setLocalDescription('offer');
  const offer = peer.localDescription()?.sdp ?? '';
  await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [fingerprintOf(offer)] } });

  const upProducer = await transport.produce({
    kind: 'audio',
    rtpParameters: { codecs: [OPUS], encodings: [{ ssrc: UP_SSRC }], rtcp: { cname: 'proof' } },
  });
  const upConsumer = await direct.consume({ producerId: upProducer.id, rtpCapabilities });
  upConsumer.on('rtp', (packet) => Buffer.from(packet).includes('up') && see('soundUp'));
  const dataProducer = await transport.produceData({
    sctpStreamParameters: { streamId: STREAM_ID, ordered: true },
  });
  const dataConsumer = await direct.consumeData({ dataProducerId: dataProducer.id });
  dataConsumer.on('message', (message) => String(message) === 'hello' && see('message'));

  let sequence = 0;
  const sender = setInterval(() => {
    sequence += 1;
    if (track.isOpen()) track.sendMessageBinary(rtpPacket(UP_SSRC, sequence, 'up'));
    downProducer.send(rtpPacket(DOWN_SSRC, sequence, 'down'));
    if (channel.isOpen() && !seen.message) channel.sendMessage('hello');
  }, SEND_EVERY_MS);
  const limit = setTimeout(() => {
    const missing = Object.keys(seen).filter((what) => !seen[what]);
    done.reject(new Error(`not seen within ${LIMIT_MS / 1000} s: ${missing.join(', ')}`));
  }, LIMIT_MS);

  peer.setRemoteDescription(answerFor(transport, offer, downSsrc), 'answer');
  try {
    await done.promise;
  } finally {
    clearInterval(sender);
    clearTimeout(limit);
    peer.close();
    worker.close();
  }
}

try {
  await prove(process.argv[2] ?? '');
  process.exit(0);
} catch (error) {
  console.error(`worker proof failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
