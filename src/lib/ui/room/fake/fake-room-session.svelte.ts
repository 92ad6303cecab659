import {
  applyEvent,
  ROOM_ROLES,
  roomCapabilitiesOf,
  type ChatMessage,
  type Feed,
  type KeepOutcome,
  type RoomCapability,
  type RoomEvent,
  type RoomRole,
  type RoomState,
  type WireError,
} from '$lib/signaling/contract/index.ts';
import type { VitalsFrame } from '$lib/vitals/frame.ts';
import type { MetricName } from '$lib/vitals/metrics.ts';
import type {
  FeedQualityView,
  LocalDeviceView,
  PendingChatView,
  QualityState,
  RemoteFeedLike,
  RoomSessionView,
  SessionPhase,
  VitalsFeedLike,
} from '../session-view.ts';
import { fakeState } from './fake-room.ts';
import { fakeEcg, fakePicture } from './fake-streams.ts';

type DeviceName = 'camera' | 'microphone' | 'screen';
type Change = Pick<RoomEvent, 'type' | 'data'>;

/** A room without a hub, in whatever state the address asks for; for looking at the page, never for people. */
export class FakeRoomSession implements RoomSessionView {
  readonly roomId = 'r_fake';
  readonly memberId = 'a_me';
  readonly role: RoomRole;
  phase = $state<SessionPhase>('joined');
  link = $state<'online' | 'reconnecting'>('online');
  error = $state.raw<WireError | null>(null);
  state = $state.raw<RoomState | null>(null);
  activeSpeakerId = $state<string | null>('a_li');
  pendingChat = $state<PendingChatView[]>([]);
  remoteFeeds = $state.raw<RemoteFeedLike[]>([]);
  vitals: VitalsFeedLike[] = [];
  readonly local: Record<DeviceName, { -readonly [K in keyof LocalDeviceView]: LocalDeviceView[K] }>;
  readonly #shown: ReadonlySet<string>;
  readonly #cleanups: (() => void)[] = [];

  readonly capabilities: ReadonlySet<RoomCapability> = $derived.by(() =>
    roomCapabilitiesOf('consult', this.role, this.state?.hostMemberId === this.memberId),
  );

  constructor(wishes: URLSearchParams) {
    this.role = ROOM_ROLES.find((role) => role === wishes.get('role')) ?? 'rural_doctor';
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- never changes
    this.#shown = new Set((wishes.get('show') ?? '').split(','));
    this.phase = (wishes.get('phase') as SessionPhase | null) ?? 'joined';
    if (this.phase === 'failed') this.error = { code: 'unavailable', message: '' };
    if (this.#shown.has('reconnecting')) this.link = 'reconnecting';
    this.state = fakeState(this.role, this.#shown);
    this.local = {
      camera: device('on'),
      microphone: device(this.#shown.has('muted') ? 'paused' : 'on', this.#shown.has('muted')),
      screen: device('off'),
    };
    if (this.#shown.has('denied')) this.local.camera = device('failed', false, 'denied');
    if (this.phase === 'joined') this.#play(this.state);
    if (this.#shown.has('pending')) {
      this.pendingChat = [
        { messageId: 'p1', text: '正在发送的消息', status: 'sending' },
        { messageId: 'p2', text: '没有发出的消息', status: 'failed' },
      ];
    }
  }

  #play(state: RoomState): void {
    const feeds = Object.values(state.feeds);
    this.remoteFeeds = feeds
      .filter((feed) => feed.kind === 'video')
      .map((feed, i) => {
        const kind = feed.streamClass === 'clinical' ? 'sector' : feed.slot === 'room' ? 'room' : 'face';
        const picture = fakePicture(kind, 90 + i * 60);
        this.#cleanups.push(picture.stop);
        return new FakeFeed(feed, state, picture.stream, this.#qualityOf(feed, i), (stop) =>
          this.#cleanups.push(stop),
        );
      });
    const own = fakePicture('face', 20);
    this.#cleanups.push(own.stop);
    if (this.local.camera.status === 'on') this.local.camera.track = own.stream.getVideoTracks()[0] ?? null;
    this.vitals = feeds
      .filter((feed) => feed.kind === 'data')
      .map((feed) => {
        const view = new FakeVitals(feed, state);
        this.#cleanups.push(
          fakeEcg(
            (frame) => view.send(frame),
            () =>
              this.#shown.has('no-ecg') ||
              (this.#shown.has('ecg-gap') && Math.floor(Date.now() / 400) % 5 === 0),
          ),
        );
        return view;
      });
  }

  #qualityOf(feed: Feed, index: number): QualityState {
    if (feed.slot === 'probe' && this.#shown.has('stale')) return 'stale';
    if (feed.slot === 'probe' && this.#shown.has('late')) return 'late';
    if (feed.slot === 'room' && this.#shown.has('waiting')) return 'waiting';
    return index === 2 ? 'delayed' : 'live';
  }

  get chat(): ChatMessage[] {
    return this.state?.chat ?? [];
  }

  hubNow(): number {
    return Date.now();
  }

  #change(change: Change): void {
    if (!this.state) return;
    const event = {
      roomId: this.roomId,
      epoch: 1,
      seq: this.state.seq + 1,
      atMs: Date.now(),
      ...change,
    } as RoomEvent;
    this.state = applyEvent(this.state, event);
  }

  async join(): Promise<void> {
    this.enter();
  }
  enter(): void {
    this.phase = 'joined';
    if (this.state && this.remoteFeeds.length === 0) this.#play(this.state);
  }
  async leave(): Promise<void> {
    this.phase = 'left';
  }
  async end(): Promise<void> {
    this.phase = 'ended';
  }
  sendChat(text: string): void {
    const message = {
      messageId: crypto.randomUUID(),
      memberId: this.memberId,
      name: '赵敏',
      text,
      atMs: Date.now(),
    };
    this.#change({ type: 'chat.posted', data: { message } });
  }
  retryChat(messageId: string): void {
    const pending = this.pendingChat.find((one) => one.messageId === messageId);
    this.pendingChat = this.pendingChat.filter((one) => one !== pending);
    if (pending) this.sendChat(pending.text);
  }
  async raiseHand(raised: boolean): Promise<void> {
    this.#change({ type: 'hand.raised', data: { memberId: this.memberId, raised } });
  }
  async setCamera(on: boolean): Promise<void> {
    this.local.camera.status = on ? 'on' : 'off';
  }
  async setMicrophone(on: boolean): Promise<void> {
    this.local.microphone.status = on ? 'on' : 'paused';
    this.local.microphone.mutedByHost = false;
  }
  async shareScreen(): Promise<void> {
    this.local.screen.status = 'on';
  }
  stopScreen(): void {
    this.local.screen.status = 'off';
  }
  async admit(memberId: string): Promise<void> {
    this.#change({ type: 'lobby.closed', data: { memberId, outcome: 'admitted' } });
  }
  async refuse(memberId: string): Promise<void> {
    this.#change({ type: 'lobby.closed', data: { memberId, outcome: 'refused' } });
  }
  async muteFeed(feedId: string): Promise<void> {
    this.#change({ type: 'feed.paused', data: { feedId, paused: true, mutedByHost: true } });
  }
  async keepPicture(): Promise<KeepOutcome> {
    return this.#shown.has('closed') ? 'privacy' : 'kept';
  }
  async removeMember(memberId: string): Promise<void> {
    this.#change({ type: 'member.left', data: { memberId, reason: 'removed' } });
  }
  async transferHost(memberId: string): Promise<void> {
    this.#change({ type: 'host.changed', data: { memberId } });
  }
  async createInvitation(): Promise<{ url: string; expiresAtMs: number }> {
    return { url: `${location.origin}/invite#x7Jd0example`, expiresAtMs: Date.now() + 3_600_000 };
  }
  async attachBox(boxId: string): Promise<void> {
    this.#change({ type: 'box.attached', data: { boxId, name: '三河镇卫生院 1 号盒子' } });
  }
  async detachBox(boxId: string): Promise<void> {
    this.#change({ type: 'box.detached', data: { boxId } });
  }
  setFeedVisible(): void {
    // Canvases are drawn whether seen or not.
  }
  dispose(): void {
    for (const cleanup of this.#cleanups) cleanup();
  }
}

function device(status: LocalDeviceView['status'], mutedByHost = false, error: string | null = null) {
  const view = $state({ status, error, track: null as MediaStreamTrack | null, mutedByHost });
  return view;
}

class FakeFeed implements RemoteFeedLike {
  readonly feed: Feed;
  readonly member;
  readonly stream: MediaStream;
  quality = $state.raw<FeedQualityView>() as FeedQualityView;

  constructor(
    feed: Feed,
    state: RoomState,
    stream: MediaStream,
    wish: QualityState,
    onStop: (stop: () => void) => void,
  ) {
    this.feed = feed;
    this.member = state.members[feed.memberId] ?? null;
    this.stream = stream;
    const startMs = Date.now() - 2500;
    const update = (): void => void (this.quality = fakeQuality(wish, Date.now() - startMs));
    update();
    const timer = setInterval(update, 250);
    onStop(() => clearInterval(timer));
  }

  attach(): () => void {
    return () => undefined;
  }
}

const AGES: Record<QualityState, number | null> = {
  live: 82,
  delayed: 240,
  late: 430,
  stale: 900,
  waiting: null,
  paused: null,
};

function fakeQuality(state: QualityState, sinceMs: number): FeedQualityView {
  const age = AGES[state];
  return {
    state,
    ageMs: age === null ? null : age + Math.round(Math.random() * 20),
    sinceFrameMs: state === 'stale' ? sinceMs : 21,
    widthPx: 1280,
    heightPx: 720,
    framesPerSecond: 30,
    bitrateKbps: 4100,
    lossFraction: 0.004,
    jitterMs: 3,
    codec: 'H264',
    spatialLayer: 2,
    temporalLayer: 2,
    score: 9,
  };
}

class FakeVitals implements VitalsFeedLike {
  readonly feed: Feed;
  readonly member;
  simulated = $state(true);
  lastFrameHubMs = $state<number | null>(null);
  readonly #listeners = new Set<(frame: VitalsFrame) => void>();

  constructor(feed: Feed, state: RoomState) {
    this.feed = feed;
    this.member = state.members[feed.memberId] ?? null;
  }
  send(frame: VitalsFrame): void {
    this.lastFrameHubMs = Date.now();
    for (const listener of this.#listeners) listener(frame);
  }
  reading(metric: MetricName): number | null {
    return { 'heart-rate': 72, spo2: 97.2, temperature: 36.7 }[metric as string] ?? null;
  }
  subscribe(listener: (frame: VitalsFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
