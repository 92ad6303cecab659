import { Device } from 'mediasoup-client';
import type { RtpCapabilities, TransportOptions } from 'mediasoup-client/types';
import { HubError, type Ack, type Feed } from '../../signaling/contract/index.ts';
import {
  MediaSession,
  openCamera,
  openMicrophone,
  type FeedQuality,
  type MediaNotice,
  type RemoteFeed,
} from '../client/index.ts';
import type { MediaClass } from '../client/publish-options.ts';

/** What the browser test drives: a publisher and a viewer in one page, with one clock, through a real SFU. */

export interface PageWindow {
  hubRequest(memberId: string, type: string, data: unknown): Promise<Ack<unknown>>;
  harness: typeof harness;
}
const pageWindow = window as unknown as PageWindow;

const WIDTH = 640;
const HEIGHT = 360;
const BITS = 24;
const BLOCK = 48;
const PER_ROW = 12;

const hubNowMs = () => performance.timeOrigin + performance.now();
const sessions = new Map<string, MediaSession>();
const feeds = new Map<string, RemoteFeed>();
/** Shown age and true age of the same frame, ms. */
const ages: { shown: number; truth: number }[] = [];
const canvas = document.createElement('canvas');

const messages: string[] = [];

async function request<T>(memberId: string, type: string, data: unknown): Promise<T> {
  const ack = await pageWindow.hubRequest(memberId, type, data);
  if (!ack.ok) throw new HubError(ack.error.code, ack.error.message);
  return ack.data as T;
}

/** A data feed as a box sends it; browsers publish none, so the session has no way to. */
async function publishData(memberId: string, slot: string, capabilities: RtpCapabilities): Promise<void> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: capabilities });
  const transport = device.createSendTransport(
    await request<TransportOptions>(memberId, 'media.createTransport', { direction: 'send' }),
  );
  const transportId = transport.id;
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    request(memberId, 'media.connectTransport', { transportId, dtlsParameters }).then(done, failed);
  });
  transport.on('producedata', ({ sctpStreamParameters }, done, failed) => {
    const data = { transportId, slot, label: '', sctpStreamParameters };
    request<{ dataProducerId: string }>(memberId, 'media.produceData', data).then(
      ({ dataProducerId }) => done({ id: dataProducerId }),
      failed,
    );
  });
  const producer = await transport.produceData({ ordered: false, maxRetransmits: 0 });
  setInterval(() => {
    if (producer.readyState === 'open') producer.send(new TextEncoder().encode(`beat ${performance.now()}`));
  }, 50);
}

function session(memberId: string): MediaSession {
  let known = sessions.get(memberId);
  if (!known) {
    known = new MediaSession({
      signals: (type, data) => request(memberId, type, data),
      hubNowMs,
    });
    sessions.set(memberId, known);
  }
  return known;
}

/** A picture whose pixels say when it was drawn: 24 black or white blocks, and a bar that moves. */
function drawClock(): void {
  const context = canvas.getContext('2d')!;
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  // The frame's own time, which is also what the browser captures it with: on a busy machine the drawing comes later.
  const draw = (frameMs: number) => {
    context.fillStyle = '#777';
    context.fillRect(0, 0, WIDTH, HEIGHT);
    const nowMs = Math.round(frameMs) % 2 ** BITS;
    for (let bit = 0; bit < BITS; bit++) {
      context.fillStyle = (nowMs >> bit) & 1 ? '#fff' : '#000';
      context.fillRect((bit % PER_ROW) * BLOCK, Math.floor(bit / PER_ROW) * BLOCK, BLOCK, BLOCK);
    }
    context.fillStyle = '#e33';
    context.fillRect((nowMs / 4) % WIDTH, 150, 60, 160);
    requestAnimationFrame(draw);
  };
  draw(performance.now());
}

const reader = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { willReadFrequently: true })!;

function readClock(video: HTMLVideoElement): number {
  reader.drawImage(video, 0, 0, WIDTH, HEIGHT);
  const { data } = reader.getImageData(0, 0, WIDTH, HEIGHT);
  let value = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const x = (bit % PER_ROW) * BLOCK + BLOCK / 2;
    const y = Math.floor(bit / PER_ROW) * BLOCK + BLOCK / 2;
    if (data[(y * WIDTH + x) * 4]! > 128) value |= 1 << bit;
  }
  return value;
}

function show(feed: RemoteFeed): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  video.width = WIDTH;
  video.srcObject = feed.stream;
  document.body.append(video);
  feed.attach(video);
  return video;
}

function compareAges(video: HTMLVideoElement, feed: RemoteFeed): void {
  let truth: number | null = null;
  const each = () =>
    video.requestVideoFrameCallback((_now, metadata) => {
      truth = metadata.expectedDisplayTime - readClock(video);
      each();
    });
  each();
  feed.onQuality(({ ageMs, state }) => {
    if (truth !== null && ageMs !== null && state !== 'stale') ages.push({ shown: ageMs, truth });
  });
}

const harness = {
  async load(memberId: string, capabilities: RtpCapabilities): Promise<void> {
    await session(memberId).load(capabilities);
  },
  async rebuild(memberId: string, capabilities: RtpCapabilities): Promise<void> {
    await session(memberId).rebuild(capabilities);
  },
  async publishClock(memberId: string): Promise<void> {
    drawClock();
    const track = canvas.captureStream(30).getVideoTracks()[0]!;
    await harness.publish(memberId, 'probe', 'clinical', track);
  },
  async publishCamera(memberId: string): Promise<void> {
    await harness.publish(memberId, 'camera', 'face', await openCamera());
  },
  async publishMicrophone(memberId: string): Promise<void> {
    await harness.publish(memberId, 'microphone', 'voice', await openMicrophone());
  },
  async publish(
    memberId: string,
    slot: string,
    streamClass: MediaClass,
    track: MediaStreamTrack,
  ): Promise<void> {
    await session(memberId).publish({ slot, track, streamClass, label: '', paused: false });
  },
  async subscribe(memberId: string, feed: Feed, mode: 'shown' | 'timed' | 'unseen'): Promise<void> {
    const remote = await session(memberId).subscribe(feed, { publisherClockOffsetMs: () => 0 });
    feeds.set(feed.feedId, remote);
    if (mode === 'unseen') return;
    const video = show(remote);
    if (mode === 'timed') compareAges(video, remote);
  },
  publishData,
  async subscribeData(memberId: string, feed: Feed): Promise<void> {
    await session(memberId).subscribeData(feed, (message) =>
      messages.push(new TextDecoder().decode(message)),
    );
  },
  messages(): string[] {
    return messages.splice(0);
  },
  feed(feedId: string): RemoteFeed {
    return feeds.get(feedId)!;
  },
  quality(feedId: string): FeedQuality {
    return feeds.get(feedId)!.quality();
  },
  session,
  ages(): typeof ages {
    return ages.splice(0);
  },
  notice(memberId: string, notice: MediaNotice): void {
    sessions.get(memberId)?.handleNotice(notice);
  },
};

pageWindow.harness = harness;
