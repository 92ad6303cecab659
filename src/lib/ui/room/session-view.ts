import type {
  ChatMessage,
  Feed,
  KeepOutcome,
  Member,
  PatientStrip,
  RoomCapability,
  RoomKind,
  RoomRole,
  RoomState,
  WireError,
} from '$lib/signaling/contract/index.ts';
import type { VitalsFrame } from '$lib/vitals/frame.ts';
import type { MetricName } from '$lib/vitals/metrics.ts';

/**
 * Just what the room page needs of a room session, so that the page can be driven by the real one and, in
 * development, by one that plays every state. Fields are reactive in both.
 */
export interface RoomSessionView {
  readonly roomId: string;
  readonly phase: SessionPhase;
  readonly link: 'online' | 'reconnecting';
  readonly error: WireError | null;
  readonly state: RoomState | null;
  readonly memberId: string | null;
  readonly role: RoomRole | null;
  readonly capabilities: ReadonlySet<RoomCapability>;
  readonly activeSpeakerId: string | null;
  readonly chat: readonly ChatMessage[];
  readonly pendingChat: readonly PendingChatView[];
  readonly local: Readonly<Record<'camera' | 'microphone' | 'screen', LocalDeviceView>>;
  readonly remoteFeeds: readonly RemoteFeedLike[];
  readonly vitals: readonly VitalsFeedLike[];
  hubNow(): number;
  join(devices: { camera: MediaStreamTrack | null; microphone: MediaStreamTrack | null }): Promise<void>;
  enter(): void;
  leave(): Promise<void>;
  end(): Promise<void>;
  sendChat(text: string): void;
  retryChat(messageId: string): void;
  raiseHand(raised: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setMicrophone(on: boolean): Promise<void>;
  shareScreen(): Promise<void>;
  stopScreen(): void;
  admit(memberId: string): Promise<void>;
  refuse(memberId: string): Promise<void>;
  muteFeed(feedId: string): Promise<void>;
  keepPicture(feedId: string): Promise<KeepOutcome>;
  removeMember(memberId: string): Promise<void>;
  transferHost(memberId: string): Promise<void>;
  createInvitation(invitation: InvitationInput): Promise<{ url: string; expiresAtMs: number }>;
  attachBox(boxId: string): Promise<void>;
  detachBox(boxId: string): Promise<void>;
  setFeedVisible(feedId: string, visible: boolean, size: 'large' | 'small'): void;
}

export type SessionPhase =
  | 'idle'
  | 'joining'
  | 'waiting'
  | 'joined'
  | 'refused'
  | 'removed'
  | 'replaced'
  | 'left'
  | 'ended'
  | 'failed';

export interface InvitationInput {
  name: string;
  role: 'patient' | 'interpreter' | 'observer';
  validMinutes: number;
}

export interface PendingChatView {
  readonly messageId: string;
  readonly text: string;
  readonly status: 'sending' | 'failed';
}

export interface LocalDeviceView {
  readonly status: 'off' | 'starting' | 'on' | 'paused' | 'failed';
  readonly error: string | null;
  readonly track: MediaStreamTrack | null;
  readonly mutedByHost: boolean;
}

export type QualityState = 'waiting' | 'live' | 'delayed' | 'late' | 'stale' | 'paused';

export interface FeedQualityView {
  readonly state: QualityState;
  readonly ageMs: number | null;
  readonly sinceFrameMs: number | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly framesPerSecond: number | null;
  readonly bitrateKbps: number | null;
  readonly lossFraction: number | null;
  readonly jitterMs: number | null;
  readonly codec: string | null;
  readonly spatialLayer: number | null;
  readonly temporalLayer: number | null;
  readonly score: number | null;
}

export interface RemoteFeedLike {
  readonly feed: Feed;
  readonly member: Member | null;
  readonly stream: MediaStream | null;
  readonly quality: FeedQualityView;
  attach(element: HTMLVideoElement): () => void;
}

export interface VitalsFeedLike {
  readonly feed: Feed;
  readonly member: Member | null;
  readonly simulated: boolean;
  readonly lastFrameHubMs: number | null;
  /** Null when there is none to be shown now. */
  reading(metric: MetricName, hubNowMs: number): number | null;
  subscribe(listener: (frame: VitalsFrame) => void): () => void;
}

/** What the page knows of a room before anybody is in it. */
export interface RoomFacts {
  roomId: string;
  kind: RoomKind;
  title: string;
  patient: PatientStrip | null;
  openedAtMs: number;
  presentNames: readonly string[];
}

/** A box of the own institution that could be brought into the room. */
export interface BoxChoice {
  boxId: string;
  name: string;
}

/** What the room's case lets this person do from within the room. */
export interface OfCase {
  href: string;
  /** Null where this person cannot call for help. True once the dispatcher is alerted; what went wrong has been said. */
  emergency: ((reason: string) => Promise<boolean>) | null;
}
