export type CaptureErrorCode = 'denied' | 'absent' | 'busy' | 'insecure' | 'unknown';

/** Why a camera, microphone or screen did not open. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;

  constructor(code: CaptureErrorCode, options?: ErrorOptions) {
    super(`capture failed: ${code}`, options);
    this.name = 'CaptureError';
    this.code = code;
  }
}

const CODE_OF_NAME: Record<string, CaptureErrorCode> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'absent',
  OverconstrainedError: 'absent',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

async function capture(open: (devices: MediaDevices) => Promise<MediaStream>, kind: 'audio' | 'video') {
  // Pages that are neither https nor localhost have no devices at all.
  if (!navigator.mediaDevices) throw new CaptureError('insecure');
  try {
    const stream = await open(navigator.mediaDevices);
    const track = stream.getTracks().find((one) => one.kind === kind);
    if (!track) throw new CaptureError('absent');
    return track;
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const name = error instanceof DOMException ? error.name : '';
    throw new CaptureError(CODE_OF_NAME[name] ?? 'unknown', { cause: error });
  }
}

/** @throws {CaptureError} */
export function openCamera(options: { deviceId?: string } = {}): Promise<MediaStreamTrack> {
  return capture(
    (devices) =>
      devices.getUserMedia({
        video: {
          ...(options.deviceId ? { deviceId: { exact: options.deviceId } } : {}),
          width: { ideal: 1280 },
          height: { ideal: 720 },
          frameRate: { ideal: 30, max: 30 },
        },
      }),
    'video',
  );
}

/** @throws {CaptureError} */
export function openMicrophone(options: { deviceId?: string } = {}): Promise<MediaStreamTrack> {
  return capture(
    (devices) =>
      devices.getUserMedia({
        audio: {
          ...(options.deviceId ? { deviceId: { exact: options.deviceId } } : {}),
          echoCancellation: true,
          noiseSuppression: true,
          autoGainControl: true,
        },
      }),
    'audio',
  );
}

/** @throws {CaptureError} `denied` also when the person closed the browser's chooser */
export function openScreen(): Promise<MediaStreamTrack> {
  return capture(
    (devices) => devices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: false }),
    'video',
  );
}

export interface CaptureDevices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
}

/** Labels are empty until the person has allowed a device once. */
export async function listDevices(): Promise<CaptureDevices> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const ofKind = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind);
  return {
    cameras: ofKind('videoinput'),
    microphones: ofKind('audioinput'),
    speakers: ofKind('audiooutput'),
  };
}

/** Loudness of the track, 0 to 1, read whenever the meter is drawn. */
export function microphoneLevel(track: MediaStreamTrack): { read(): number; close(): void } {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    read() {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
      // From a quiet room (−60 dB) to loud speech (−10 dB).
      return Math.min(1, Math.max(0, (decibels + 60) / 50));
    },
    close() {
      void context.close();
    },
  };
}
