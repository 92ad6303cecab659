import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { ageFromClockCode, readClockCode } from '../../devices/clock-code.ts';
import { decodeVitalsFrame } from '../../../../src/lib/vitals/frame.ts';

/** What the test's browser runs: consumes everything, reads the burnt-in clock of each picture it is shown. */
declare global {
  interface Window {
    hubConnect(dtlsParameters: types.DtlsParameters): Promise<void>;
    view: typeof view;
    report: Report;
  }
}

export interface VideoReport {
  frames: number;
  unreadable: number;
  agesMs: number[];
  codes: number[];
  /** Capture time by the header extension minus the burnt-in one, modulo the code. */
  captureErrorsMs: number[];
  width: number;
}

export interface Report {
  video: Record<string, VideoReport>;
  audioEnergy: number;
  vitals: { codes: number[]; ages: number[]; bad: number };
}

export interface ViewRequest {
  routerRtpCapabilities: types.RtpCapabilities;
  transport: types.TransportOptions;
  consumers: (types.ConsumerOptions & { slot: string })[];
  dataConsumers: types.DataConsumerOptions[];
}

const report: Report = { video: {}, audioEnergy: 0, vitals: { codes: [], ages: [], bad: 0 } };
window.report = report;

const hubNowMs = (): number => performance.timeOrigin + performance.now();
const NTP_UNIX_OFFSET_MS = 2_208_988_800_000;
/** Several looks in the time of one picture. */
const LOOK_MS = 8;

/** What Chromium says beyond the types of TypeScript. */
type CapturedSource = RTCRtpSynchronizationSource & { captureTimestamp?: number };

async function capabilities(routerRtpCapabilities: types.RtpCapabilities): Promise<Device> {
  const device = await Device.factory({
    handlerName: 'Chrome111',
    forcedRtpExtensions: { 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time': true },
  });
  await device.load({ routerRtpCapabilities });
  return device;
}

function watchVideo(slot: string, track: MediaStreamTrack, receiver: RTCRtpReceiver | undefined): void {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  document.body.append(video);
  void video.play();
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const seen: VideoReport = {
    frames: 0,
    unreadable: 0,
    agesMs: [],
    codes: [],
    captureErrorsMs: [],
    width: 0,
  };
  report.video[slot] = seen;
  // A busy page shows a picture well after it came: what the receiver says is kept for the picture that it says it of.
  const capturedAt = new Map<number, number>();
  setInterval(() => {
    const [source] = (receiver?.getSynchronizationSources() ?? []) as CapturedSource[];
    if (source?.captureTimestamp !== undefined)
      capturedAt.set(source.rtpTimestamp, source.captureTimestamp - NTP_UNIX_OFFSET_MS);
  }, LOOK_MS);
  const onFrame: VideoFrameRequestCallback = (_, { rtpTimestamp }): void => {
    video.requestVideoFrameCallback(onFrame);
    if (!context) return;
    const { videoWidth: width } = video;
    const rows = Math.ceil((width / 40) * 3);
    canvas.width = width;
    canvas.height = rows;
    context.drawImage(video, 0, 0);
    const code = readClockCode(context.getImageData(0, 0, width, rows).data, width, rows);
    seen.frames++;
    seen.width = width;
    if (code === null) {
      seen.unreadable++;
      return;
    }
    seen.codes.push(code);
    seen.agesMs.push(ageFromClockCode(code, hubNowMs()));
    const capturedAtMs = capturedAt.get(rtpTimestamp ?? -1);
    if (capturedAtMs !== undefined) seen.captureErrorsMs.push(-ageFromClockCode(code, capturedAtMs));
  };
  video.requestVideoFrameCallback(onFrame);
}

function watchAudio(track: MediaStreamTrack): void {
  const stream = new MediaStream([track]);
  // Chromium plays a remote track into Web Audio only while a media element holds it too.
  const sink = new Audio();
  sink.muted = true;
  sink.srcObject = stream;
  void sink.play();
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    report.audioEnergy = Math.max(
      report.audioEnergy,
      samples.reduce((sum, s) => sum + s * s, 0),
    );
  }, 50);
}

async function view(request: ViewRequest): Promise<void> {
  const device = await capabilities(request.routerRtpCapabilities);
  const transport = device.createRecvTransport(request.transport);
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    window.hubConnect(dtlsParameters).then(done, failed);
  });
  for (const { slot, ...options } of request.consumers) {
    // A stream of its own for each: in a common one Chromium delays pictures to be in step with the sound.
    const consumer = await transport.consume({ ...options, streamId: slot });
    if (consumer.kind === 'video') watchVideo(slot, consumer.track, consumer.rtpReceiver);
    else watchAudio(consumer.track);
  }
  for (const options of request.dataConsumers) {
    const consumer = await transport.consumeData(options);
    consumer.on('message', (message: ArrayBuffer) => {
      try {
        const frame = decodeVitalsFrame(message);
        report.vitals.codes.push(frame.code);
        report.vitals.ages.push(hubNowMs() - frame.startHubMs);
      } catch {
        report.vitals.bad++;
      }
    });
  }
}
window.view = view;

/** The capabilities the hub needs to make consumers that fit this browser. */
export async function receiveCapabilities(
  routerRtpCapabilities: types.RtpCapabilities,
): Promise<types.RtpCapabilities> {
  return (await capabilities(routerRtpCapabilities)).recvRtpCapabilities;
}
Object.assign(window, { receiveCapabilities });
