import { createRequire } from 'node:module';
import process from 'node:process';

/** The parts of the binding that browsers do not have. */
export interface VideoSource {
  createTrack(): MediaStreamTrack;
  /** Copies the planes, which follow each other without gaps. */
  onFrame(frame: { width: number; height: number; data: Uint8Array }): void;
}

export interface AudioSource {
  createTrack(): MediaStreamTrack;
  /** Takes exactly 10 ms. */
  onData(data: { samples: Int16Array; sampleRate: number }): void;
}

interface Binding {
  RTCPeerConnection: typeof RTCPeerConnection;
  nonstandard: { RTCVideoSource: new () => VideoSource; RTCAudioSource: new () => AudioSource };
}

const PACKAGE = '@roamhq/wrtc';
const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';
/** Not taken by any extension that this release of libwebrtc offers, and it fits a one-byte header. */
const ABS_CAPTURE_TIME_ID = 12;

/** What a person must do before this engine can run here; null when nothing. Loads no native code. */
export function whyUnavailable(
  platform: string = process.platform,
  architecture: string = process.arch,
): string | null {
  const here = createRequire(import.meta.url);
  const binary = `${PACKAGE}-${platform}-${architecture}`;
  try {
    createRequire(here.resolve(PACKAGE)).resolve(binary);
    return null;
  } catch {
    return (
      `The libwebrtc engine needs the optional package ${binary}, which is not installed. Install with optional dependencies ` +
      `(npm ci --include=optional); it exists for Linux and macOS on x64 and arm64. Or set BOX_ENGINE=native.`
    );
  }
}

/**
 * Loads libwebrtc into this process and makes it what a browser has, so that mediasoup-client finds its globals.
 */
export function installWebrtc(): Binding['nonstandard'] {
  const problem = whyUnavailable();
  if (problem) throw new Error(problem);
  const binding = createRequire(import.meta.url)(PACKAGE) as Binding;
  for (const [name, value] of Object.entries(binding)) {
    if (/^(RTC|Media)/.test(name)) Object.assign(globalThis, { [name]: value });
  }
  return binding.nonstandard;
}

/**
 * libwebrtc can send the capture time of pictures but does not offer it by itself. `wanted` is asked once for each connection: what was
 * negotiated must be offered again and again.
 */
export function offerCaptureTime(wanted: () => boolean): void {
  const decided = new WeakMap<RTCPeerConnection, boolean>();
  const { prototype } = RTCPeerConnection;
  const createOffer = prototype.createOffer as (
    options?: RTCOfferOptions,
  ) => Promise<RTCSessionDescriptionInit>;
  prototype.createOffer = async function (this: RTCPeerConnection, options?: RTCOfferOptions) {
    const offer = await createOffer.call(this, options);
    const decision = decided.get(this) ?? wanted();
    decided.set(this, decision);
    if (!decision) return offer;
    return { type: 'offer', sdp: withCaptureTime(offer.sdp ?? '') };
  } as typeof prototype.createOffer;
}

/** Adds the extension to each video section that lacks it. */
export function withCaptureTime(sdp: string): string {
  return sdp
    .split(/(?=^m=)/m)
    .map((section) =>
      section.startsWith('m=video') && !section.includes(ABS_CAPTURE_TIME)
        ? `${section}a=extmap:${ABS_CAPTURE_TIME_ID} ${ABS_CAPTURE_TIME}\r\n`
        : section,
    )
    .join('');
}
