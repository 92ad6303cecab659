import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { ageFromClockCode, readClockCode } from '../../edge-box/src/devices/clock-code.ts';

/** What the viewer's Chromium runs: notes every decoded picture with its age, and asks for a key frame as a room's page does. */
declare global {
  interface Window {
    hubConnect(dtlsParameters: types.DtlsParameters): Promise<void>;
    hubKeyFrame(): Promise<void>;
  }
}

/** A decoded picture; times in the clock of the machine. */
export interface SeenFrame {
  atMs: number;
  /** Null when the clock in the picture could not be read. */
  ageMs: number | null;
  height: number;
}

/** As `remote-feed.ts` of the room's page. */
const WATCH_EVERY_MS = 100;
const FREEZE_MS = 300;
const KEY_FRAME_EVERY_MS = 1_000;

const nowMs = (): number => performance.timeOrigin + performance.now();

let frames: SeenFrame[] = [];
let lastFrameMs = -Infinity;
let keyFrameMs = -Infinity;
const device = new Device();
let transport: types.Transport | undefined;

async function load(routerRtpCapabilities: types.RtpCapabilities): Promise<types.RtpCapabilities> {
  await device.load({ routerRtpCapabilities });
  return device.recvRtpCapabilities;
}

async function consume(
  options: types.TransportOptions,
  consumerOptions: types.ConsumerOptions,
): Promise<void> {
  if (!transport) {
    transport = device.createRecvTransport(options);
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      window.hubConnect(dtlsParameters).then(done, failed);
    });
    setInterval(watch, WATCH_EVERY_MS);
  }
  const { track } = await transport.consume(consumerOptions);
  void note(track);
}

async function note(track: MediaStreamTrack): Promise<void> {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  let pixels = new Uint8Array();
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const atMs = nowMs();
    lastFrameMs = atMs;
    const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
    // The code is in the top rows; planes have even heights.
    const rows = 2 * Math.ceil((width / 40) * 1.5);
    const rect = { x: 0, y: 0, width, height: Math.min(rows, height) };
    const size = frame.allocationSize({ rect });
    if (pixels.length < size) pixels = new Uint8Array(size);
    const [luma] = await frame.copyTo(pixels, { rect });
    frame.close();
    const code = luma && readClockCode(tight(pixels, luma, width, rect.height), width, rect.height);
    frames.push({ atMs, ageMs: typeof code === 'number' ? ageFromClockCode(code, atMs) : null, height });
  }
}

/** The plane without what pads its rows. */
function tight(
  pixels: Uint8Array,
  { offset, stride }: PlaneLayout,
  width: number,
  height: number,
): Uint8Array {
  if (stride === width) return pixels.subarray(offset, offset + width * height);
  const plane = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    plane.set(pixels.subarray(offset + y * stride, offset + y * stride + width), y * width);
  }
  return plane;
}

function watch(): void {
  const now = nowMs();
  if (now - lastFrameMs <= FREEZE_MS || now - keyFrameMs < KEY_FRAME_EVERY_MS) return;
  keyFrameMs = now;
  void window.hubKeyFrame();
}

/** What was seen since the last call. */
function take(): SeenFrame[] {
  const taken = frames;
  frames = [];
  return taken;
}

Object.assign(window, { linkPage: { load, consume, take } });
