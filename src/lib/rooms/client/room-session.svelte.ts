import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import {
  HubError,
  PUBLISH_CAPABILITY,
  roomCapabilitiesOf,
  type ChatMessage,
  type Feed,
  type RequestInput,
  type ResponseData,
  type RoomCapability,
  type RoomRequestType,
  type RoomRole,
  type RoomState,
  type WireError,
} from '../../signaling/contract/index.ts';
import type { RoomLink, SignalingClient } from '../../signaling/client/index.ts';
import {
  CaptureError,
  MediaSession,
  openCamera,
  openMicrophone,
  openScreen,
} from '../../sfu/client/index.ts';
import { ChatOutbox, type PendingChat } from './chat-outbox.svelte.ts';
import { LocalDevice } from './local-device.svelte.ts';
import { RemoteFeedView } from './remote-feed.svelte.ts';
import { VitalsFeedView } from './vitals-feed.svelte.ts';

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

type Device = 'camera' | 'microphone' | 'screen';
const STREAM_CLASS = { camera: 'face', microphone: 'voice', screen: 'screen' } as const;

/** Before one is in. */
const NO_CAPABILITIES: ReadonlySet<RoomCapability> = new Set();

/** Publish the own clock again only when it moved by more than this; a picture lasts 33 ms. */
const CLOCK_STEP_MS = 3;

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
  readonly local: Record<Device, LocalDevice> = {
    camera: new LocalDevice(),
    microphone: new LocalDevice(),
    screen: new LocalDevice(),
  };
  readonly #remote = new SvelteMap<string, RemoteFeedView>();
  readonly #vitals = new SvelteMap<string, VitalsFeedView>();
  readonly #signaling: SignalingClient;
  #link: RoomLink | null = null;
  #media: MediaSession | null = null;
  #mediaSessionId: string | undefined;
  #mediaWork: Promise<void> = Promise.resolve();
  readonly #chatOutbox = new ChatOutbox((message) => this.#request('chat.send', message));
  #publishedClockMs: number | null = null;
  readonly #cleanups: (() => void)[] = [];
  readonly #hiddenFeeds = new SvelteSet<string>();

  readonly capabilities: ReadonlySet<RoomCapability> = $derived.by(() => {
    if (!this.state || !this.role) return NO_CAPABILITIES;
    return roomCapabilitiesOf(this.state.kind, this.role, this.state.hostMemberId === this.memberId);
  });
  readonly remoteFeeds: RemoteFeedView[] = $derived([...this.#remote.values()]);
  readonly vitals: VitalsFeedView[] = $derived([...this.#vitals.values()]);

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
    if (devices.camera) this.#adopt('camera', devices.camera);
    if (devices.microphone) this.#adopt('microphone', devices.microphone);
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
      this.#settleOwnFeeds(state);
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

  async #joined(joined: Extract<ResponseData<'room.join'>, { outcome: 'joined' }>): Promise<void> {
    this.#mediaSessionId = joined.mediaSessionId;
    if (joined.mediaKept && this.#media) {
      await this.#syncFeeds();
      return;
    }
    this.#publishedClockMs = null;
    if (this.#media) {
      for (const view of this.#remote.values()) view.dispose();
      this.#remote.clear();
      for (const view of this.#vitals.values()) view.dispose();
      this.#vitals.clear();
      await this.#media.rebuild(joined.routerRtpCapabilities as never);
    } else {
      this.#media = new MediaSession({
        signals: (type, data) => this.#request(type, data as never) as never,
        hubNowMs: () => this.hubNow(),
        clockOffsetMs: () => this.#signaling.clock.offsetMs,
      });
      await this.#media.load(joined.routerRtpCapabilities as never);
      for (const name of Object.keys(this.local) as Device[]) await this.#publish(name);
    }
    await this.#publishClock();
    await this.#syncFeeds();
  }

  /** Makes the subscriptions match the room: closes what is gone or replaced, opens what is new. */
  async #syncFeeds(): Promise<void> {
    const media = this.#media;
    const state = this.state;
    if (!media || !state || this.phase !== 'joined') return;
    for (const views of [this.#remote, this.#vitals] as SvelteMap<
      string,
      RemoteFeedView | VitalsFeedView
    >[]) {
      for (const [feedId, view] of views) {
        if (state.feeds[feedId]?.generation === view.feed.generation) continue;
        view.dispose();
        views.delete(feedId);
      }
    }
    const others = Object.values(state.feeds).filter((feed) => feed.memberId !== this.memberId);
    await Promise.allSettled(others.map((feed) => this.#follow(media, feed, state)));
  }

  async #follow(media: MediaSession, feed: Feed, state: RoomState): Promise<void> {
    const member = state.members[feed.memberId] ?? null;
    const known = this.#remote.get(feed.feedId);
    if (known) {
      known.update(feed, member);
      return;
    }
    if (this.#vitals.has(feed.feedId)) return;
    if (feed.kind === 'data') {
      const view = new VitalsFeedView(feed, member);
      this.#vitals.set(feed.feedId, view);
      try {
        view.opened(await media.subscribeData(feed, (message) => view.receive(message, this.hubNow())));
      } catch (error) {
        this.#vitals.delete(feed.feedId);
        throw error;
      }
      return;
    }
    const view = new RemoteFeedView(feed, member);
    this.#remote.set(feed.feedId, view);
    try {
      view.opened(
        await media.subscribe(feed, {
          publisherClockOffsetMs: () => this.state?.members[feed.memberId]?.clockOffsetMs ?? 0,
        }),
      );
      if (this.#hiddenFeeds.has(feed.feedId)) view.setVisible(false, 'small');
    } catch (error) {
      this.#remote.delete(feed.feedId);
      throw error;
    }
  }

  setFeedVisible(feedId: string, visible: boolean, size: 'large' | 'small'): void {
    if (visible) this.#hiddenFeeds.delete(feedId);
    else this.#hiddenFeeds.add(feedId);
    this.#remote.get(feedId)?.setVisible(visible, size);
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

  // ——— own devices ———

  #adopt(name: Device, track: MediaStreamTrack): void {
    const device = this.local[name];
    device.started(track);
    // A cable pulled, or the browser's own "stop sharing".
    track.addEventListener('ended', () => {
      if (device.track !== track) return;
      if (name === 'screen') device.off();
      else device.failed('lost');
      this.#inTurn(async () => this.#media?.unpublish(name));
    });
  }

  async #publish(name: Device): Promise<void> {
    const device = this.local[name];
    if (!device.track || !this.#media) return;
    const streamClass = STREAM_CLASS[name];
    // Somebody who knocked learns the own role only inside: an observer's microphone goes off again.
    if (!this.capabilities.has(PUBLISH_CAPABILITY[streamClass])) {
      device.off();
      return;
    }
    await this.#media.publish({
      slot: name,
      track: device.track,
      streamClass,
      label: '',
      paused: device.status === 'paused',
    });
  }

  setCamera(on: boolean): Promise<void> {
    return this.#setDevice('camera', on, openCamera);
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.#setDevice('microphone', on, openMicrophone);
  }

  async #setDevice(
    name: 'camera' | 'microphone',
    on: boolean,
    open: () => Promise<MediaStreamTrack>,
  ): Promise<void> {
    const device = this.local[name];
    if (device.status === 'starting') return;
    if (!on) {
      // The camera's light goes out when the camera is off; a muted microphone opens again without a delay.
      if (name === 'camera') {
        device.off();
        this.#inTurn(async () => this.#media?.unpublish(name));
      } else {
        device.paused(false);
        this.#inTurn(async () => this.#media?.setPaused(name, true));
      }
      return;
    }
    if (device.status === 'paused') {
      device.resumed();
      this.#inTurn(async () => this.#media?.setPaused(name, false));
      return;
    }
    await this.#openAndPublish(name, open);
  }

  async shareScreen(): Promise<void> {
    await this.#openAndPublish('screen', openScreen);
  }

  stopScreen(): void {
    this.local.screen.off();
    this.#inTurn(async () => this.#media?.unpublish('screen'));
  }

  async #openAndPublish(name: Device, open: () => Promise<MediaStreamTrack>): Promise<void> {
    const device = this.local[name];
    if (device.status === 'on' || device.status === 'starting') return;
    device.starting();
    try {
      this.#adopt(name, await open());
    } catch (error) {
      // Closing the browser's chooser is a choice, not a failure.
      if (name === 'screen' && error instanceof CaptureError && error.code === 'denied') device.off();
      else device.failed(error instanceof CaptureError ? error.code : 'unknown');
      return;
    }
    this.#inTurn(() => this.#publish(name));
  }

  /** What the hub says of the own feeds: a host may have muted one. */
  #settleOwnFeeds(state: RoomState): void {
    for (const feed of Object.values(state.feeds)) {
      if (feed.memberId !== this.memberId || !feed.mutedByHost) continue;
      const device = this.local[feed.slot as Device];
      if (!device || device.mutedByHost || device.status === 'off') continue;
      device.paused(true);
      this.#inTurn(async () => this.#media?.setPausedByHub(feed.slot));
    }
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
    for (const view of [...this.#remote.values(), ...this.#vitals.values()]) view.dispose();
    this.#remote.clear();
    this.#vitals.clear();
    this.#media?.close();
    this.#media = null;
    this.#mediaSessionId = undefined;
    for (const device of Object.values(this.local)) device.off();
  }

  dispose(): void {
    this.#close('left');
    for (const cleanup of this.#cleanups) cleanup();
  }
}
