import {
  HubError,
  roomCapabilitiesOf,
  type ChatMessage,
  type KeepOutcome,
  type RequestInput,
  type ResponseData,
  type RoomCapability,
  type RoomRequestType,
  type RoomRole,
  type RoomState,
  type WireError,
} from '../../signaling/contract/index.ts';
import type { Joined, RoomLink, SignalingClient } from '../../signaling/client/index.ts';
import { MediaSession } from '../../sfu/client/index.ts';
import { ChatOutbox, type PendingChat } from './chat-outbox.svelte.ts';
import { FeedViews } from './feed-views.svelte.ts';
import { OwnDevices } from './own-devices.svelte.ts';
import type { RemoteFeedView } from './remote-feed.svelte.ts';
import type { VitalsFeedView } from './vitals-feed.svelte.ts';

export type RoomPhase =
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

/** Before one is in. */
const NO_CAPABILITIES: ReadonlySet<RoomCapability> = new Set();

/** Publish the own clock again only when it moved by more than this; a picture lasts 33 ms. */
const CLOCK_STEP_MS = 3;
/** Wait before trying again what did not come up; signalling has its own, faster ways. */
const MEDIA_RETRY_MS = 1000;

/**
 * A room as one browser lives it: signalling, media and local devices together, as reactive state. Pages read its
 * fields and call its methods; it heals by itself after drops, worker deaths and hub restarts.
 */
export class RoomSession {
  readonly roomId: string;
  phase = $state<RoomPhase>('idle');
  link = $state<'online' | 'reconnecting'>('online');
  error = $state.raw<WireError | null>(null);
  state = $state.raw<RoomState | null>(null);
  memberId = $state<string | null>(null);
  role = $state<RoomRole | null>(null);
  activeSpeakerId = $state<string | null>(null);
  readonly local = new OwnDevices({
    media: () => this.#media,
    capabilities: () => this.capabilities,
    inTurn: (step) => this.#inTurn(step),
  });
  readonly #feeds = new FeedViews(() => this.hubNow());
  readonly #signaling: SignalingClient;
  #link: RoomLink | null = null;
  #media: MediaSession | null = null;
  #mediaSessionId: string | undefined;
  #mediaWork: Promise<void> = Promise.resolve();
  readonly #chatOutbox = new ChatOutbox((message) => this.#request('chat.send', message));
  #publishedClockMs: number | null = null;
  readonly #cleanups: (() => void)[] = [];

  readonly capabilities: ReadonlySet<RoomCapability> = $derived.by(() => {
    if (!this.state || !this.role) return NO_CAPABILITIES;
    return roomCapabilitiesOf(this.state.kind, this.role, this.state.hostMemberId === this.memberId);
  });
  readonly remoteFeeds: RemoteFeedView[] = $derived(this.#feeds.remote);
  readonly vitals: VitalsFeedView[] = $derived(this.#feeds.vitals);

  constructor(signaling: SignalingClient, roomId: string) {
    this.#signaling = signaling;
    this.roomId = roomId;
    this.#cleanups.push(
      signaling.onStatus((status) => {
        this.link = status === 'online' ? 'online' : 'reconnecting';
        if (status === 'refused') this.#fail({ code: 'unauthenticated', message: 'signed out' });
      }),
      signaling.onNotice('media.activeSpeaker', (data) => {
        if (data.roomId === this.roomId) this.activeSpeakerId = data.memberId;
      }),
      ...(['media.consumerClosed', 'media.consumerScore', 'media.consumerLayers'] as const).map((type) =>
        signaling.onNotice(type, (data) => {
          if (data.roomId === this.roomId) this.#media?.handleNotice({ type, data } as never);
        }),
      ),
    );
    const clockTimer = setInterval(() => void this.#publishClock(), 5000);
    this.#cleanups.push(() => clearInterval(clockTimer));
  }

  hubNow(): number {
    return this.#signaling.clock.hubNowMs();
  }

  /** Comes in with what the lobby opened; null for a device that stays off. */
  async join(devices: {
    camera: MediaStreamTrack | null;
    microphone: MediaStreamTrack | null;
  }): Promise<void> {
    if (devices.camera) this.local.adopt('camera', devices.camera);
    if (devices.microphone) this.local.adopt('microphone', devices.microphone);
    this.enter();
  }

  /** (Re-)enters with the devices as they are: the first time, after a refusal, or to take the place back. */
  enter(): void {
    this.error = null;
    this.phase = 'joining';
    this.#link?.close();
    const link = this.#signaling.joinRoom(this.roomId, { mediaSessionId: () => this.#mediaSessionId });
    this.#link = link;
    link.onState((state) => {
      this.state = state;
      this.local.settle(state, this.memberId);
      this.#inTurn(() => this.#syncFeeds());
    });
    link.onJoined((joined) => {
      this.memberId = joined.memberId;
      this.role = joined.role;
      this.#inTurn(() => this.#joined(joined));
    });
    link.onPhase((phase, detail) => {
      if (link !== this.#link) return;
      if (phase === 'dismissed') {
        const reason = detail?.reason;
        this.#close(reason === 'ended' ? 'ended' : reason === 'removed' ? 'removed' : 'replaced');
      } else if (phase === 'failed') this.#fail(detail?.error ?? { code: 'internal', message: 'failed' });
      else this.phase = phase;
    });
  }

  // ——— media ———

  /** Media steps one after the other: a rebuild must not meet a half-made subscription. */
  #inTurn(step: () => Promise<void>): void {
    this.#mediaWork = this.#mediaWork.then(step).catch((error: unknown) => {
      if (error instanceof HubError && error.code === 'out_of_order') return; // A rejoin is on its way.
      console.error('media step failed', error);
    });
  }

  async #joined(joined: Joined): Promise<void> {
    if (joined.mediaKept && this.#media) {
      this.#mediaSessionId = joined.mediaSessionId;
      await this.#syncFeeds();
      return;
    }
    this.#mediaSessionId = joined.mediaSessionId;
    try {
      await this.#buildMedia(joined.routerRtpCapabilities as never);
    } catch (error) {
      // Half-built media is none: build it again, unless another entry into the room has begun to.
      setTimeout(() => {
        if (this.phase === 'joined' && this.#mediaSessionId === joined.mediaSessionId)
          this.#inTurn(() => this.#joined(joined));
      }, MEDIA_RETRY_MS);
      throw error;
    }
    await this.#publishClock();
    await this.#syncFeeds();
  }

  async #buildMedia(routerRtpCapabilities: never): Promise<void> {
    this.#publishedClockMs = null;
    this.#feeds.clear();
    if (this.#media) {
      await this.#media.rebuild(routerRtpCapabilities);
    } else {
      const media = new MediaSession({
        signals: (type, data) => this.#request(type, data as never) as never,
        hubNowMs: () => this.hubNow(),
        clockOffsetMs: () => this.#signaling.clock.offsetMs,
      });
      await media.load(routerRtpCapabilities);
      this.#media = media;
    }
    await this.local.publishAll();
  }

  async #syncFeeds(): Promise<void> {
    if (!this.#media || this.phase !== 'joined') return;
    const whole = await this.#feeds.sync(this.#media, () => this.state, this.memberId);
    if (!whole) setTimeout(() => this.#inTurn(() => this.#syncFeeds()), MEDIA_RETRY_MS);
  }

  setFeedVisible(feedId: string, visible: boolean, size: 'large' | 'small'): void {
    this.#feeds.setVisible(feedId, visible, size);
  }

  async #publishClock(): Promise<void> {
    if (this.phase !== 'joined' || !this.#media) return;
    const offsetMs = this.#signaling.clock.offsetMs;
    if (this.#publishedClockMs !== null && Math.abs(offsetMs - this.#publishedClockMs) < CLOCK_STEP_MS)
      return;
    const before = this.#publishedClockMs;
    this.#publishedClockMs = offsetMs;
    await this.#request('media.setClock', { clockOffsetMs: offsetMs }).catch(() => {
      this.#publishedClockMs = before;
    });
  }

  setCamera(on: boolean): Promise<void> {
    return this.local.setCamera(on);
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.local.setMicrophone(on);
  }

  shareScreen(): Promise<void> {
    return this.local.shareScreen();
  }

  stopScreen(): void {
    this.local.stopScreen();
  }

  // ——— talk ———

  get pendingChat(): PendingChat[] {
    return this.#chatOutbox.pending;
  }

  sendChat(text: string): void {
    this.#chatOutbox.send(text);
  }

  retryChat(messageId: string): void {
    this.#chatOutbox.retry(messageId);
  }

  get chat(): ChatMessage[] {
    return this.state?.chat ?? [];
  }

  async raiseHand(raised: boolean): Promise<void> {
    await this.#request('hand.raise', { raised });
  }

  // ——— lead ———

  async admit(memberId: string): Promise<void> {
    await this.#request('lobby.admit', { memberId });
  }

  async refuse(memberId: string): Promise<void> {
    await this.#request('lobby.refuse', { memberId });
  }

  async muteFeed(feedId: string): Promise<void> {
    await this.#request('member.mute', { feedId });
  }

  async keepPicture(feedId: string): Promise<KeepOutcome> {
    return (await this.#request('box.keepPicture', { feedId })).outcome;
  }

  async removeMember(memberId: string): Promise<void> {
    await this.#request('member.remove', { memberId });
  }

  async transferHost(memberId: string): Promise<void> {
    await this.#request('host.transfer', { memberId });
  }

  async attachBox(boxId: string): Promise<void> {
    await this.#request('box.attach', { boxId });
  }

  async detachBox(boxId: string): Promise<void> {
    await this.#request('box.detach', { boxId });
  }

  /** The link carries its secret behind `#`, which browsers do not send to servers. */
  async createInvitation(invitation: {
    name: string;
    role: 'patient' | 'interpreter' | 'observer';
    validMinutes: number;
  }): Promise<{ url: string; expiresAtMs: number }> {
    const { token, expiresAtMs } = await this.#request('invitation.create', invitation);
    return { url: `${location.origin}/invite#${token}`, expiresAtMs };
  }

  async end(): Promise<void> {
    await this.#request('room.end', {});
    this.#close('ended');
  }

  async leave(): Promise<void> {
    const link = this.#link;
    if (this.phase === 'waiting') await this.#request('room.withdraw', {}).catch(() => undefined);
    else await link?.leave().catch(() => undefined);
    this.#close('left');
  }

  #request<T extends RoomRequestType>(
    type: T,
    data: Omit<RequestInput<T>, 'roomId'>,
  ): Promise<ResponseData<T>> {
    if (!this.#link) return Promise.reject(new HubError('not_a_member'));
    return this.#link.request(type, data);
  }

  #fail(error: WireError): void {
    this.error = error;
    if (error.code === 'room_ended') this.#close('ended');
    else this.#close('failed');
  }

  /** Out of the room: devices are released, so that no light stays on. */
  #close(phase: RoomPhase): void {
    this.phase = phase;
    this.#link?.close();
    this.#link = null;
    this.#feeds.clear();
    this.#media?.close();
    this.#media = null;
    this.#mediaSessionId = undefined;
    this.local.off();
  }

  dispose(): void {
    this.#close('left');
    for (const cleanup of this.#cleanups) cleanup();
  }
}
