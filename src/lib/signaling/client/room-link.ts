import {
  applyEvent,
  ERRORS,
  HubError,
  type RequestInput,
  type ResponseData,
  type RoomEvent,
  type RoomRequestType,
  type RoomState,
  type WireError,
} from '../contract/index.ts';
import type { SignalingClient } from './signaling-client.ts';

export type LinkPhase = 'joining' | 'waiting' | 'joined' | 'refused' | 'dismissed' | 'failed';

export interface PhaseDetail {
  reason?: 'removed' | 'replaced' | 'ended';
  error?: WireError;
}

export type Joined = Extract<ResponseData<'room.join'>, { outcome: 'joined' }>;

/** Longest wait between two tries to get in while the hub says "not now". */
const MAX_RETRY_MS = 3000;

/** How often somebody who waits knocks again. */
const KNOCK_AGAIN_MS = 10_000;

/**
 * One room over one connection: the state, event by event; a gap is closed by number, a drop by joining again. After
 * `refused`, `dismissed` or `failed` it does nothing more.
 */
export class RoomLink {
  readonly roomId: string;
  readonly #client: SignalingClient;
  readonly #mediaSessionId: () => string | undefined;
  #phase: LinkPhase = 'joining';
  #detail: PhaseDetail | undefined;
  #state: RoomState | null = null;
  #pending: RoomEvent[] = [];
  #syncing = false;
  /** Of the last event applied; 0 before the first. */
  #epoch = 0;
  #joining = false;
  #rejoinWanted = false;
  #retries = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  readonly #stateListeners = new Set<(state: RoomState, event: RoomEvent | null) => void>();
  readonly #phaseListeners = new Set<(phase: LinkPhase, detail: PhaseDetail | undefined) => void>();
  readonly #joinedListeners = new Set<(joined: Joined) => void>();
  readonly #cleanups: (() => void)[] = [];

  constructor(client: SignalingClient, roomId: string, mediaSessionId: () => string | undefined) {
    this.#client = client;
    this.roomId = roomId;
    this.#mediaSessionId = mediaSessionId;
    const here =
      <T extends { roomId: string }>(act: (data: T) => void) =>
      (data: T) => {
        if (data.roomId === roomId) act(data);
      };
    this.#cleanups.push(
      client.onRoomEvent(here((event) => this.#onEvent(event))),
      client.onNotice(
        'lobby.answered',
        here(({ outcome }) => (outcome === 'admitted' ? this.#join() : this.#finish('refused'))),
      ),
      client.onNotice(
        'room.dismissed',
        here(({ reason }) => this.#finish('dismissed', { reason })),
      ),
      client.onNotice(
        'media.reset',
        here(() => this.#join()),
      ),
      client.onStatus((status) => {
        if (status === 'online') this.#join();
        else if (status === 'refused')
          this.#finish('failed', { error: { code: 'unauthenticated', message: 'signed out' } });
      }),
    );
    // Refused before it began.
    if (this.#closed) this.close();
  }

  get state(): RoomState | null {
    return this.#state;
  }

  get phase(): LinkPhase {
    return this.#phase;
  }

  onState(listener: (state: RoomState, event: RoomEvent | null) => void): () => void {
    this.#stateListeners.add(listener);
    if (this.#state) listener(this.#state, null);
    return () => this.#stateListeners.delete(listener);
  }

  onPhase(listener: (phase: LinkPhase, detail: PhaseDetail | undefined) => void): () => void {
    this.#phaseListeners.add(listener);
    listener(this.#phase, this.#detail);
    return () => this.#phaseListeners.delete(listener);
  }

  /** At every entry: the first one, and after each drop. */
  onJoined(listener: (joined: Joined) => void): () => void {
    this.#joinedListeners.add(listener);
    return () => this.#joinedListeners.delete(listener);
  }

  /** @throws {HubError} */
  async request<T extends RoomRequestType>(
    type: T,
    data: Omit<RequestInput<T>, 'roomId'>,
  ): Promise<ResponseData<T>> {
    try {
      return await this.#client.request(type, { ...data, roomId: this.roomId } as RequestInput<T>);
    } catch (error) {
      // Our place, or our media, is gone without our having been told (the hub restarted): take it again.
      const outOfPlace =
        error instanceof HubError && (error.code === 'not_a_member' || error.code === 'out_of_order');
      if (outOfPlace && this.#phase === 'joined' && type.startsWith('media.')) this.#join();
      throw error;
    }
  }

  async leave(): Promise<void> {
    const { roomId } = this;
    const wasWaiting = this.#phase === 'waiting';
    this.close();
    await this.#client.request(wasWaiting ? 'room.withdraw' : 'room.leave', { roomId });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    for (const cleanup of this.#cleanups) cleanup();
    this.#stateListeners.clear();
    this.#phaseListeners.clear();
    this.#joinedListeners.clear();
  }

  // ——— coming in ———

  #join(): void {
    if (this.#closed) return;
    if (this.#joining) {
      // What the running attempt brings may be old already (a second worker death, say).
      this.#rejoinWanted = true;
      return;
    }
    clearTimeout(this.#retryTimer);
    this.#joining = true;
    this.#rejoinWanted = false;
    const mediaSessionId = this.#mediaSessionId();
    this.#client
      .request('room.join', { roomId: this.roomId, ...(mediaSessionId && { mediaSessionId }) })
      .then((answer) => this.#entered(answer))
      .catch((error: unknown) => this.#notEntered(error))
      .finally(() => {
        this.#joining = false;
        if (this.#rejoinWanted) this.#join();
      });
  }

  #entered(answer: ResponseData<'room.join'>): void {
    if (this.#closed) return;
    this.#retries = 0;
    if (answer.outcome === 'waiting') {
      this.#setPhase('waiting');
      // A room with a new home has forgotten who waits, and the answer to a knock may be lost on the way.
      this.#retryTimer = setTimeout(() => this.#join(), KNOCK_AGAIN_MS);
      return;
    }
    this.#epoch = 0;
    this.#setState(answer.state, null);
    this.#setPhase('joined');
    for (const listener of [...this.#joinedListeners]) listener(answer);
    this.#drain();
  }

  #notEntered(error: unknown): void {
    if (this.#closed) return;
    const hubError = error instanceof HubError ? error : new HubError('internal', String(error));
    // `conflict`: the room moved to another home while we came in.
    if (!ERRORS[hubError.code].retry && hubError.code !== 'conflict') {
      this.#finish('failed', { error: { code: hubError.code, message: hubError.message } });
      return;
    }
    // Offline: the next "online" tries again. Otherwise the hub asked for patience.
    if (this.#client.status !== 'online') return;
    const waitMs = Math.min(250 * 2 ** this.#retries++, MAX_RETRY_MS);
    this.#retryTimer = setTimeout(() => this.#join(), waitMs);
  }

  // ——— keeping up ———

  #onEvent(event: RoomEvent): void {
    if (this.#phase !== 'joined' && !this.#joining) return;
    this.#pending.push(event);
    if (!this.#joining) this.#drain();
  }

  #drain(): void {
    if (!this.#state) return;
    this.#pending.sort((a, b) => a.seq - b.seq);
    while (this.#pending.length > 0 && !this.#syncing) {
      const [event] = this.#pending as [RoomEvent];
      if (event.seq > this.#state.seq + 1) {
        void this.#closeGap();
        return;
      }
      this.#pending.shift();
      if (event.seq <= this.#state.seq) {
        // A new home that counts anew from further back: its state is the room's, ours is not.
        if (this.#epoch > 0 && event.epoch > this.#epoch) this.#join();
        continue;
      }
      this.#epoch = event.epoch;
      this.#setState(applyEvent(this.#state, event), event);
      // A new home has no media of ours.
      if (event.type === 'room.rehomed') this.#join();
    }
  }

  async #closeGap(): Promise<void> {
    if (!this.#state) return;
    this.#syncing = true;
    const sinceSeq = this.#state.seq;
    try {
      const answer = await this.#client.request('room.sync', { roomId: this.roomId, sinceSeq });
      if (this.#closed) return;
      if (answer.outcome === 'state') {
        // A join that ran meanwhile may have brought a newer one.
        if (answer.state.seq >= this.#state.seq) this.#setState(answer.state, null);
      } else if (answer.events[0]?.seq !== sinceSeq + 1) throw new HubError('conflict');
      else this.#pending.push(...answer.events);
    } catch {
      // Whatever kept us from closing it: a join answers with the whole state.
      this.#pending = [];
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => this.#join(), 500);
      return;
    } finally {
      this.#syncing = false;
    }
    this.#drain();
  }

  #setState(state: RoomState, event: RoomEvent | null): void {
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener(state, event);
  }

  #setPhase(phase: LinkPhase, detail?: PhaseDetail): void {
    if (phase === this.#phase && !detail) return;
    this.#phase = phase;
    this.#detail = detail;
    for (const listener of [...this.#phaseListeners]) listener(phase, detail);
  }

  #finish(phase: 'refused' | 'dismissed' | 'failed', detail?: PhaseDetail): void {
    if (this.#closed) return;
    this.#setPhase(phase, detail);
    this.close();
  }
}
