import type { Device } from 'mediasoup-client';
import type { Transport, TransportOptions } from 'mediasoup-client/types';
import { HubError } from '../../signaling/contract/index.ts';
import type { MediaClass } from './publish-options.ts';
import type { Signals } from './signals.ts';

export type LinkState = 'new' | 'connecting' | 'connected' | 'interrupted' | 'closed';

const RESTART_AGAIN_MS = 1_000;
/** A restart that did not bring the path back within this time is tried again. */
const RESTART_PATIENCE_MS = 4_000;
/** So many answered restarts without a path: it is not the path that is broken. */
const RESTARTS_AT_MOST = 3;

export interface PublishNotes {
  slot: string;
  streamClass: MediaClass;
  label: string;
  paused: boolean;
  /** Filled in by the hub's answer. */
  feedId?: string;
}

/** One WebRTC transport to the hub that mends its own path. */
export class TransportLink {
  readonly transport: Transport;
  readonly #signals: Signals;
  readonly #onState: (state: LinkState) => void;
  readonly #onGone: () => void;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #restarting = false;
  #restartsInVain = 0;

  private constructor(
    transport: Transport,
    signals: Signals,
    onState: (state: LinkState) => void,
    onGone: () => void,
  ) {
    this.transport = transport;
    this.#signals = signals;
    this.#onState = onState;
    this.#onGone = onGone;
    this.#listen();
  }

  static async open(options: {
    device: Device;
    direction: 'send' | 'receive';
    signals: Signals;
    onState: (state: LinkState) => void;
    /** The hub no longer has this transport. */
    onGone: () => void;
  }): Promise<TransportLink> {
    const { device, direction, signals } = options;
    const description = (await signals('media.createTransport', { direction })) as TransportOptions;
    const transport =
      direction === 'send'
        ? device.createSendTransport(description)
        : device.createRecvTransport(description);
    return new TransportLink(transport, signals, options.onState, options.onGone);
  }

  #listen(): void {
    const { transport } = this;
    const transportId = transport.id;
    const settle = (work: Promise<unknown>, done: () => void, failed: (error: Error) => void) => {
      work.then(done, failed);
    };
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      settle(this.#signals('media.connectTransport', { transportId, dtlsParameters }), done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
      const notes = appData as unknown as PublishNotes;
      const { slot, streamClass, label, paused } = notes;
      this.#signals('media.produce', {
        transportId,
        kind,
        slot,
        streamClass,
        label,
        paused,
        rtpParameters: rtpParameters as never,
      }).then(({ feedId, producerId }) => {
        notes.feedId = feedId;
        done({ id: producerId });
      }, failed);
    });
    transport.on('connectionstatechange', (state) => {
      if (state === 'disconnected' || state === 'failed') this.restartIce();
      if (state === 'connected') this.#settled();
      this.#onState(state === 'disconnected' || state === 'failed' ? 'interrupted' : state);
    });
  }

  /** Finds a new path for the same session; called any number of times, one runs. */
  restartIce(): void {
    if (this.#restarting || this.transport.closed || this.transport.connectionState === 'new') return;
    this.#restarting = true;
    void this.#restart();
  }

  async #restart(): Promise<void> {
    const { transport } = this;
    if (this.#restartsInVain >= RESTARTS_AT_MOST) {
      this.#onGone();
      return;
    }
    try {
      const { iceParameters } = await this.#signals('media.restartIce', { transportId: transport.id });
      if (transport.closed) return;
      await transport.restartIce({ iceParameters: iceParameters as never });
      this.#restartsInVain++;
      this.#again(RESTART_PATIENCE_MS);
    } catch (error) {
      if (transport.closed) return;
      if (error instanceof HubError && error.code === 'not_found') this.#onGone();
      else this.#again(RESTART_AGAIN_MS);
    }
  }

  #again(afterMs: number): void {
    this.#restartTimer = setTimeout(() => {
      if (this.transport.connectionState === 'connected') {
        this.#settled();
        return;
      }
      this.#restarting = false;
      this.restartIce();
    }, afterMs);
  }

  #settled(): void {
    clearTimeout(this.#restartTimer);
    this.#restarting = false;
    this.#restartsInVain = 0;
  }

  close(): void {
    clearTimeout(this.#restartTimer);
    if (this.transport.closed) return;
    this.transport.close();
    this.#onState('closed');
  }
}
