import type { SourceState } from '../devices/live-video.ts';
import type { AudioSource, VideoProfile } from '../devices/profile.ts';
import type { VideoSourceConfig } from '../devices/video-source.ts';
import type { FeedHealth } from '../media/child-protocol.ts';
import type { FilmSegment } from '../media/film.ts';
import type { Still } from '../media/still-requests.ts';

/**
 * What streams the box's pictures, sound and vitals to the hub over one connection. The agent knows only this; which WebRTC stack
 * is behind it is the implementation's business.
 */
export interface Engine {
  /**
   * Opens the connection, or replaces it after a lost path: the new one is up before the old one is dropped, and the
   * encoders never stop.
   */
  connect(signals: MediaSignals): Promise<void>;
  /** Closes the connection and stops the devices; `connect` starts them again. */
  disconnect(): Promise<void>;
  /** Asks the feed's encoder for a picture that can be decoded by itself. */
  requestKeyFrame(slot: string): void;
  /** The hub's clock was measured anew: tells everything that stamps times. */
  syncClock(): void;
  /** Sends one vitals message; false when it could not be sent (no channel, or too much is waiting). */
  sendVitals(message: Uint8Array): boolean;
  /** Nothing of this feed leaves the box until it is opened again, whatever becomes of the connection. */
  setPaused?(slot: string, paused: boolean): void;
  /** The newest picture of a feed, as its device gave it. @throws {StillError} */
  takeStill?(slot: string): Promise<Still>;
  /** Has a feed filmed at its highest rate, whatever is sent of it; never while it is paused. The pieces come as `filmed`. */
  film?(slot: string, on: boolean): void;
  stats(): EngineStats;
  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): void;
}

export const ENGINE_NAMES = ['native', 'libwebrtc'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** This machine lacks what an engine needs; the message tells a person what to do. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

export interface EngineEvents {
  /** The path to the hub is gone; `connect` again. */
  lost: [reason: string];
  /** One feed's process died or could not start; it is respawned, the others go on. */
  feedDown: [slot: string, reason: string];
  filmed: [slot: string, segment: FilmSegment];
}

export type VideoClass = 'clinical' | 'face';

export interface VideoFeedConfig {
  /** Stable name of the feed: the hub keeps slot → producer, so viewers follow a new connection by themselves. */
  slot: string;
  streamClass: VideoClass;
  /** For people, e.g. `超声 Ultrasound`. */
  label: string;
  source: VideoSourceConfig;
  minBitrateKbps: number;
  maxBitrateKbps: number;
  /**
   * Sizes of the picture sent at once, each half the lines of the next; 1 when not said. Never more than two below 960×540, one below
   * 480×270, and one of a camera whose own pictures are handed on. The native engine sends the smaller ones on top of
   * `maxBitrateKbps` and only while the link carries them over every feed's minimum; libwebrtc divides `maxBitrateKbps` among all.
   */
  simulcastLayers?: 1 | 2 | 3;
  modality?: VideoProfile['modality'];
  /** Which side of the patient the device shows, when that is fixed. */
  laterality?: VideoProfile['laterality'];
  /** Keep a film of it for the record while the link is too thin for its quality; the native engine only. */
  recordWhenThin?: VideoProfile['recordWhenThin'];
}

export interface AudioFeedConfig {
  slot: string;
  label: string;
  bitrateKbps: number;
  /** Unset: the made-up Doppler sound. */
  source?: AudioSource;
}

export interface EngineConfig {
  /** Network interfaces to send by, most wanted first; absent or empty: all there are. */
  interfaces?: string[];
  video: VideoFeedConfig[];
  audio: AudioFeedConfig | null;
  vitalsSlot: string | null;
}

/** How a feed's device does: its state, and what the last second looked or sounded like. */
export interface DeviceStats {
  slot: string;
  source?: SourceState;
  health?: FeedHealth;
}

export interface VideoFeedStats {
  slot: string;
  /** Rates, packets and bytes are those of all sizes together, pictures those of the largest. */
  targetKbps: number;
  frames: number;
  keyFrames: number;
  packets: number;
  bytes: number;
  retransmitted: number;
  nacked: number;
  keyFrameRequests: number;
  restarts: number;
  /** Capture to encoded, and capture to handed to the network, of the last frame. */
  encodeMs: number;
  held: boolean;
}

export interface PathStats {
  /** Name of the network interface, or `any`. */
  name: string;
  /** Carries the media. */
  active: boolean;
  rttMs: number | null;
  /** Part of the latest checks that was lost; null while there were few. */
  lossPart: number | null;
}

export interface EngineStats {
  state: 'idle' | 'connecting' | 'connected' | 'lost';
  /** What the hub's estimator or ours says the uplink carries; null before the first estimate. */
  estimateKbps: number | null;
  rttMs: number | null;
  /** The ways to the hub, where the engine knows of several. */
  paths?: PathStats[];
  pacerQueueMs: number;
  feedbackAgeMs: number | null;
  video: VideoFeedStats[];
  /** Pictures and sound. An engine that does not run the feeds' processes itself knows nothing of them. */
  devices?: DeviceStats[];
  audioPackets: number;
  vitalsSent: number;
  vitalsDropped: number;
}

/** How the engine reaches the hub's SFU. Shapes are mediasoup's own. */
export interface MediaSignals {
  /** What the hub's router speaks, for an engine that negotiates; undefined until the hub has said it. */
  routerRtpCapabilities?(): RouterRtpCapabilities | undefined;
  createTransport(): Promise<HubTransport>;
  connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  produce(request: ProduceRequest): Promise<{ producerId: string }>;
  produceData(request: ProduceDataRequest): Promise<{ dataProducerId: string }>;
  closeTransport(transportId: string): Promise<void>;
  /** How many messages have come over the data channel of the last `produceData`; null while there is none. For who watches over it. */
  vitalsArrived?(): Promise<number | null>;
}

/** mediasoup's `RtpCapabilities`, passed on unread. */
export type RouterRtpCapabilities = Record<string, unknown>;

export interface HubTransport {
  id: string;
  iceParameters: { usernameFragment: string; password: string; iceLite?: boolean };
  iceCandidates: IceCandidate[];
  dtlsParameters: DtlsParameters;
  sctpParameters?: { port: number; OS: number; MIS: number; maxMessageSize: number };
}

export interface IceCandidate {
  foundation: string;
  priority: number;
  address?: string;
  ip?: string;
  protocol: 'udp' | 'tcp';
  port: number;
  type: string;
  tcpType?: string;
}

export interface DtlsParameters {
  role?: 'auto' | 'client' | 'server';
  fingerprints: { algorithm: string; value: string }[];
}

export interface RtcpFeedback {
  type: string;
  parameter?: string;
}

export interface RtpParameters {
  codecs: {
    mimeType: string;
    payloadType: number;
    clockRate: number;
    channels?: number;
    parameters: Record<string, string | number>;
    rtcpFeedback: RtcpFeedback[];
  }[];
  headerExtensions: { uri: string; id: number; encrypt: boolean; parameters: Record<string, never> }[];
  encodings: { ssrc?: number; rid?: string; rtx?: { ssrc: number }; maxBitrate?: number; dtx?: boolean }[];
  rtcp: { cname: string; reducedSize: boolean };
}

export interface ProduceRequest {
  transportId: string;
  slot: string;
  kind: 'audio' | 'video';
  streamClass: VideoClass | 'voice';
  label: string;
  modality?: VideoProfile['modality'];
  laterality?: VideoProfile['laterality'];
  rtpParameters: RtpParameters;
}

export interface ProduceDataRequest {
  transportId: string;
  slot: string;
  label: string;
  sctpStreamParameters: { streamId: number; ordered: boolean };
}
