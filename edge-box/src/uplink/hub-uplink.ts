import { connectSignaling } from '../../../src/lib/signaling/client/index.ts';
import type { RoomLink, SignalingClient, SignalingStatus } from '../../../src/lib/signaling/client/index.ts';
import type {
  BoxCall,
  BoxReport,
  BoxWishes,
  KeepOutcome,
  RequestInput,
  RoomState,
} from '../../../src/lib/signaling/contract/index.ts';
import type { BoxEnrolment } from '../enrolment/enrolment.ts';
import { EnrolmentRequired } from '../enrolment/enrolment.ts';
import type { RouterRtpCapabilities } from '../engine/engine.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import { receiveSignalsOver, voicesOf } from '../talk-back/room-voices.ts';
import type { VoiceListener } from '../talk-back/room-voices.ts';
import { sendSignalsOver } from './send-signals.ts';
import type { RoomEvents, Uplink, UplinkEvents, UplinkRoom } from './uplink.ts';

export interface HubUplinkConfig {
  hubUrl: string;
  version: string;
  enrolment: BoxEnrolment;
  /** Told for each feed that is made: whether people beside the box have closed it. */
  isPaused?(slot: string): boolean;
  /** Hears what is said in the room. */
  talkBack?: VoiceListener;
  log: Log;
}

/** The room that the box is in, as the hub tells of it. */
export interface ServedRoom {
  state: RoomState;
  memberId: string;
}

/** Asked again so often while the box serves no room: a notice may have been missed. */
const HELLO_EVERY_MS = 10_000;
/** Between two tries for a token, when a person must act first and when the hub is just away. */
const REFUSED_PAUSE_MS = 30_000;
const AWAY_PAUSE_MS = 1_000;

/** The uplink over the hub's own contract, by the same client that browsers use. */
export class HubUplink implements Uplink {
  readonly #config: HubUplinkConfig;
  #client: SignalingClient | undefined;
  #events: UplinkEvents | undefined;
  #helloTimer: NodeJS.Timeout | undefined;
  /** As the hub calls this box; null until it has said so. */
  boxName: string | null = null;
  readonly #attentionListeners: (() => void)[] = [];
  /** As told to the hub last. */
  update: BoxReport['update'] = null;
  #noTokenBeforeMs = 0;
  #rooms = 0;
  #served: { link: RoomLink; memberId: string } | null = null;
  #onCall: ((call: BoxCall) => void) | undefined;
  #onKeepPicture: ((slot: string) => Promise<KeepOutcome>) | undefined;
  /** Slots of which the room is being told. */
  readonly #telling = new Set<string>();

  constructor(config: HubUplinkConfig) {
    this.#config = config;
  }

  start(events: UplinkEvents): void {
    this.#events = events;
    const client = connectSignaling({ url: this.#config.hubUrl, token: () => this.#token() });
    this.#client = client;
    client.onStatus((status) => {
      this.#config.log('info', `hub ${status}`);
      if (status !== 'online') return;
      void this.#hello();
      this.#attend();
    });
    client.onNotice('box.wanted', () => this.#attend());
    client.onNotice('box.callChanged', (call) => this.#onCall?.(call));
    client.onNotice('box.keepPicture', ({ roomId, askId, slot }) => {
      void this.#keepPicture(roomId, askId, slot);
    });
    client.onNotice('box.assigned', ({ roomId }) => events.assigned(roomId));
    client.onNotice('media.consumerClosed', ({ roomId, consumerId }) => {
      if (roomId === this.#served?.link.roomId) this.#config.talkBack?.consumerClosed(consumerId);
    });
    this.#helloTimer = setInterval(() => {
      if (this.#rooms === 0 && client.status === 'online') void this.#hello();
    }, HELLO_EVERY_MS);
  }

  /** Called when the hub can be spoken to, and when it wants something of the box. */
  onAttention(listener: () => void): void {
    this.#attentionListeners.push(listener);
  }

  #attend(): void {
    for (const listener of this.#attentionListeners) listener();
  }

  /** @throws {HubError} `unavailable` when offline */
  report(report: BoxReport): Promise<BoxWishes> {
    if (!this.#client) throw new Error('start the uplink first');
    this.update = report.update;
    return this.#client.request('box.report', report);
  }

  get status(): SignalingStatus {
    return this.#client?.status ?? 'connecting';
  }

  /** Null while it serves none, or has never been in it. */
  get served(): ServedRoom | null {
    const state = this.#served?.link.state;
    return this.#served && state ? { state, memberId: this.#served.memberId } : null;
  }

  /** Opens the call, or learns how it stands. @throws {HubError} */
  callForHelp(callId: string): Promise<BoxCall> {
    if (!this.#client) throw new Error('start the uplink first');
    return this.#client.request('box.call', { callId });
  }

  /** @throws {HubError} */
  cancelCall(callId: string): Promise<BoxCall> {
    if (!this.#client) throw new Error('start the uplink first');
    return this.#client.request('box.cancelCall', { callId });
  }

  onCallChanged(listener: (call: BoxCall) => void): void {
    this.#onCall = listener;
  }

  /** Somebody in the room wants a picture kept. */
  onKeepPicture(listener: (slot: string) => Promise<KeepOutcome>): void {
    this.#onKeepPicture = listener;
  }

  async #keepPicture(roomId: string, askId: string, slot: string): Promise<void> {
    const link = this.#served?.link;
    // The wish of a room that was left is not answered: it may not put a picture into the next one.
    if (link?.roomId !== roomId) return;
    const outcome = (await this.#onKeepPicture?.(slot)) ?? 'off';
    await link.request('box.pictureKept', { askId, outcome }).catch((error: unknown) => {
      this.#config.log('warn', 'nobody heard what became of a picture', { slot, reason: reasonOf(error) });
    });
  }

  /** @throws {HubError} */
  async confirmPatient(confirmation: Omit<RequestInput<'box.confirmPatient'>, 'roomId'>): Promise<void> {
    if (!this.#served) throw new Error('no room is served');
    await this.#served.link.request('box.confirmPatient', confirmation);
  }

  /**
   * Brings the room's picture of this box's feeds in line with what is closed here. What a host has silenced stays so until `reopen`:
   * somebody beside the box wants it open.
   */
  tellPaused(reopen = false): void {
    const { served } = this;
    const isPaused = this.#config.isPaused;
    if (!served || !isPaused || this.status !== 'online') return;
    for (const { feedId, memberId, slot, kind, paused, mutedByHost } of Object.values(served.state.feeds)) {
      if (memberId !== served.memberId || kind === 'data' || this.#telling.has(feedId)) continue;
      const wanted = isPaused(slot);
      if (wanted === paused || (!wanted && mutedByHost && !reopen)) continue;
      this.#telling.add(feedId);
      void this.#served?.link
        .request('media.pauseFeed', { feedId, paused: wanted })
        .catch((error: unknown) =>
          this.#config.log('warn', 'the room was not told of a closed feed yet', {
            slot,
            reason: reasonOf(error),
          }),
        )
        .finally(() => this.#telling.delete(feedId));
    }
  }

  async #token(): Promise<string> {
    // The client tries every second; the hub is asked less often when it said no.
    if (Date.now() < this.#noTokenBeforeMs) throw new Error('waiting before asking for a token again');
    const { enrolment, log } = this.#config;
    try {
      return (await enrolment.token(Date.now())).token;
    } catch (error) {
      const refused = error instanceof EnrolmentRequired;
      this.#noTokenBeforeMs = Date.now() + (refused ? REFUSED_PAUSE_MS : AWAY_PAUSE_MS);
      log(refused ? 'error' : 'warn', 'no token', { state: enrolment.state, reason: reasonOf(error) });
      throw error;
    }
  }

  async #hello(): Promise<void> {
    try {
      const hello = await this.#client?.request('box.hello', { version: this.#config.version });
      if (!hello) return;
      this.boxName = hello.name;
      this.#events?.assigned(hello.roomId);
    } catch (error) {
      this.#config.log('warn', 'hello not answered', { reason: reasonOf(error) });
    }
  }

  joinRoom(roomId: string, events: RoomEvents): UplinkRoom {
    if (!this.#client) throw new Error('start the uplink first');
    let mediaSessionId: string | undefined;
    let routerRtpCapabilities: RouterRtpCapabilities | undefined;
    const link = this.#client.joinRoom(roomId, { mediaSessionId: () => mediaSessionId });
    const receiveSignals = receiveSignalsOver(link);
    let closed = false;
    this.#rooms++;
    link.onState(() => this.#tellVoices(link));
    link.onJoined((joined) => {
      mediaSessionId = joined.mediaSessionId;
      routerRtpCapabilities = joined.routerRtpCapabilities;
      this.#served = { link, memberId: joined.memberId };
      events.joined(joined.mediaKept);
      this.#config.talkBack?.entered(receiveSignals, joined.mediaKept);
      this.#tellVoices(link);
    });
    link.onPhase((phase, detail) => {
      if (phase === 'dismissed' || phase === 'refused' || phase === 'failed') {
        this.#leave(link);
        events.dismissed(detail?.reason ?? detail?.error?.code ?? phase);
      }
    });
    return {
      signals: {
        routerRtpCapabilities: () => routerRtpCapabilities,
        ...sendSignalsOver(link, this.#config.isPaused),
      },
      close: () => {
        if (closed) return;
        closed = true;
        this.#rooms--;
        this.#leave(link);
        // The hub need not wait for a member that goes on purpose; one that it sent out is gone already.
        if (link.phase === 'joined' || link.phase === 'waiting') void link.leave().catch(() => undefined);
        else link.close();
      },
    };
  }

  #leave(link: RoomLink): void {
    if (this.#served?.link !== link) return;
    this.#served = null;
    this.#config.talkBack?.left();
  }

  #tellVoices(link: RoomLink): void {
    if (this.#served?.link !== link || !link.state) return;
    this.#config.talkBack?.voices(voicesOf(link.state, this.#served.memberId));
  }

  /** From now on the hub is reached from this address of the box; null: as the system's routes say. */
  leaveFrom(address: string | null): void {
    this.#client?.connectFrom(address);
  }

  hubNowMs(): number | null {
    const clock = this.#client?.clock;
    return clock && clock.rttMs !== null ? clock.hubNowMs() : null;
  }

  close(): Promise<void> {
    clearInterval(this.#helloTimer);
    this.#client?.close();
    return Promise.resolve();
  }
}
