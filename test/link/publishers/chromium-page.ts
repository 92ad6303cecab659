import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { SectorScan } from '../../../edge-box/src/devices/sector-scan.ts';
import { keepResolution, publishOptions } from '../../../src/lib/sfu/client/publish-options.ts';
import { MAX_KBPS, PICTURE } from './publisher.ts';

/**
 * Publishes the box's picture as the room's page publishes a clinical feed: mediasoup-client, the router's first codec, one layer,
 * resolution before frame rate, a path that is interrupted restarted by ICE.
 */
declare global {
  interface Window {
    hubConnect(dtlsParameters: types.DtlsParameters): Promise<void>;
    hubProduce(rtpParameters: types.RtpParameters): Promise<string>;
    hubRestartIce(): Promise<types.IceParameters>;
  }
}

/** As `transport-link.ts` of the room's page. */
const RESTART_PATIENCE_MS = 4_000;

const nowMs = (): number => performance.timeOrigin + performance.now();

let transport: types.Transport | undefined;

async function publish(
  routerRtpCapabilities: types.RtpCapabilities,
  options: types.TransportOptions,
): Promise<void> {
  const device = new Device();
  await device.load({ routerRtpCapabilities });
  const opened = device.createSendTransport(options);
  transport = opened;
  opened.on('connect', ({ dtlsParameters }, done, failed) => {
    window.hubConnect(dtlsParameters).then(done, failed);
  });
  opened.on('produce', ({ rtpParameters }, done, failed) => {
    window.hubProduce(rtpParameters).then((id) => done({ id }), failed);
  });
  opened.on('connectionstatechange', (state) => {
    if (state === 'disconnected' || state === 'failed') void restart(opened);
  });
  const { encodings = [], codecOptions, hint } = publishOptions('clinical');
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  track.contentHint = hint;
  draw(track.writable.getWriter());
  const { rtpSender } = await opened.produce({
    track,
    encodings: encodings.map((encoding) => ({ ...encoding, maxBitrate: MAX_KBPS * 1000 })),
    codecOptions: { ...codecOptions, videoGoogleMaxBitrate: MAX_KBPS },
  });
  await keepResolution(rtpSender);
}

let restarting = false;

async function restart(interrupted: types.Transport): Promise<void> {
  if (restarting) return;
  restarting = true;
  while (interrupted.connectionState !== 'connected' && !interrupted.closed) {
    await interrupted.restartIce({ iceParameters: await window.hubRestartIce() });
    await new Promise((resolve) => setTimeout(resolve, RESTART_PATIENCE_MS));
  }
  restarting = false;
}

/** On time on average, as the box draws. */
function draw(writer: WritableStreamDefaultWriter<VideoFrame>): void {
  const { width, height, framesPerSecond } = PICTURE;
  const scan = new SectorScan(PICTURE);
  const half = width / 2;
  const lumaBytes = width * height;
  const pixels = new Uint8Array((lumaBytes * 3) / 2);
  const planes = {
    y: pixels.subarray(0, lumaBytes),
    u: pixels.subarray(lumaBytes, lumaBytes + lumaBytes / 4),
    v: pixels.subarray(lumaBytes + lumaBytes / 4),
    yStride: width,
    uvStride: half,
  };
  const periodMs = 1000 / framesPerSecond;
  let dueMs = nowMs();
  const tick = (): void => {
    const captureMs = nowMs();
    scan.draw(planes, captureMs);
    void writer.write(
      new VideoFrame(pixels, {
        format: 'I420',
        codedWidth: width,
        codedHeight: height,
        timestamp: performance.now() * 1000,
      }),
    );
    dueMs = Math.max(dueMs + periodMs, nowMs() - periodMs);
    setTimeout(tick, Math.max(0, dueMs - nowMs()));
  };
  tick();
}

/** What the page's own bandwidth estimate says. */
async function estimateKbps(): Promise<number | null> {
  const report = await transport?.getStats();
  for (const entry of report?.values() ?? []) {
    if (entry.type === 'candidate-pair' && entry.nominated && entry.availableOutgoingBitrate)
      return entry.availableOutgoingBitrate / 1000;
  }
  return null;
}

Object.assign(window, { linkPage: { publish, estimateKbps } });
