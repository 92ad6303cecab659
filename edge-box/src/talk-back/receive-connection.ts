import { randomInt } from 'node:crypto';
import { Audio, PeerConnection } from 'node-datachannel';
import type { Track } from 'node-datachannel';
import type { DtlsParameters, HubTransport } from '../engine/engine.ts';
import { MultipathSocket } from '../engine/native/paths/multipath-socket.ts';
import { localDtlsParameters, localUfrag } from '../engine/native/sdp.ts';
import { OPUS_PAYLOAD_TYPE, soundAnswer } from './answer.ts';
import { ReceptionReports } from './reception-reports.ts';
import { isRtcp, readRtp } from './rtp-reader.ts';
import type { ReceivedRtp } from './rtp-reader.ts';

/** How talk-back reaches the hub's SFU. */
export interface ReceiveSignals {
  createTransport(): Promise<HubTransport>;
  connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  closeTransport(transportId: string): Promise<void>;
  /** What is consumed is silent until `resume`. */
  consume(transportId: string, feedId: string): Promise<{ consumerId: string; ssrc: number }>;
  resume(consumerId: string): Promise<void>;
  closeConsumer(consumerId: string): Promise<void>;
}

export interface ReceiveParts {
  signals: ReceiveSignals;
  /** Network interfaces to use, most wanted first; empty: all there are. */
  interfaces: readonly string[];
  onRtp(packet: ReceivedRtp): void;
  /** Told once, when the connection was up and is no more. */
  onLost(reason: string): void;
}

const MID = 'voices';
const CONNECT_TIMEOUT_MS = 10_000;
const EVERY_SECOND_MS = 1_000;
/** As for the connection that sends: before, the same session goes on when any path answers again. */
const HUB_SILENCE_MS = 8_000;

/**
 * The connection that the room's voices come by: its own transport, path and keys, so that nothing that happens to it touches the pictures.
 * It does not matter which engine sends those.
 */
export class ReceiveConnection {
  readonly #parts: ReceiveParts;
  readonly #peer: PeerConnection;
  readonly #track: Track;
  readonly #reports = new ReceptionReports(randomInt(1, 0xffff_ffff));
  #paths: MultipathSocket | undefined;
  #transportId = '';
  #timer: NodeJS.Timeout | undefined;
  #heardHubMs = performance.now();
  #open = false;
  #closed = false;

  private constructor(parts: ReceiveParts) {
    this.#parts = parts;
    this.#peer = new PeerConnection('rui-box-voices', { iceServers: [], disableAutoNegotiation: true });
    const audio = new Audio(MID, 'RecvOnly');
    audio.addOpusCodec(OPUS_PAYLOAD_TYPE);
    this.#track = this.#peer.addTrack(audio);
    this.#track.onMessage((message) => this.#onMessage(message));
  }

  /** Rejects, with everything closed again, when any of it fails. */
  static async open(parts: ReceiveParts): Promise<ReceiveConnection> {
    const connection = new ReceiveConnection(parts);
    try {
      await connection.#start();
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get transportId(): string {
    return this.#transportId;
  }

  async #start(): Promise<void> {
    const { signals, interfaces } = this.#parts;
    const connected = this.#whenConnected();
    // A failure before anyone waits for it must not count as unhandled.
    connected.catch(() => undefined);
    const hub = await signals.createTransport();
    this.#transportId = hub.id;
    this.#peer.setLocalDescription('offer');
    const offer = this.#peer.localDescription()?.sdp ?? '';
    await signals.connectTransport(hub.id, localDtlsParameters(offer));
    const { usernameFragment: hubUfrag, password: hubPassword } = hub.iceParameters;
    this.#paths = await MultipathSocket.open({
      hubs: hub.iceCandidates
        .filter(({ protocol }) => protocol === 'udp')
        .map(({ address, ip, port }) => ({ address: address ?? ip ?? '', port })),
      credentials: { localUfrag: localUfrag(offer), hubUfrag, hubPassword },
      interfaces,
      now: () => performance.now(),
      alive: () => (this.#heardHubMs = performance.now()),
      moved: () => undefined,
    });
    this.#peer.setRemoteDescription(soundAnswer(hub, MID, this.#paths.stackSide), 'answer');
    await connected;
    this.#open = true;
    this.#heardHubMs = performance.now();
    this.#timer = setInterval(() => this.#everySecond(), EVERY_SECOND_MS);
  }

  #whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('no connection to the hub in time')),
        CONNECT_TIMEOUT_MS,
      );
      this.#peer.onStateChange((state) => {
        if (state !== 'connected' && state !== 'failed' && state !== 'closed' && state !== 'disconnected')
          return;
        clearTimeout(timer);
        if (state === 'connected') return resolve();
        reject(new Error(`connection ${state}`));
        this.#lose(`connection ${state}`);
      });
    });
  }

  /** What of this stream was received is forgotten: it ended. */
  forget(ssrc: number): void {
    this.#reports.forget(ssrc);
  }

  #onMessage(message: Buffer): void {
    if (!this.#open) return;
    const nowMs = performance.now();
    if (isRtcp(message)) return this.#reports.onRtcp(message, nowMs);
    const packet = readRtp(message);
    if (!packet) return;
    this.#reports.onRtp(packet, nowMs);
    this.#parts.onRtp(packet);
  }

  #everySecond(): void {
    if (performance.now() - this.#heardHubMs > HUB_SILENCE_MS) return this.#lose('the hub is silent');
    const report = this.#reports.build(performance.now());
    if (!report || !this.#track.isOpen()) return;
    try {
      this.#track.sendMessageBinary(report);
    } catch {
      // Its transport has just died, which its state tells.
    }
  }

  #lose(reason: string): void {
    if (this.#closed || !this.#open) return;
    this.#open = false;
    clearInterval(this.#timer);
    this.#parts.onLost(reason);
  }

  /** Closes this side at once, and asks the hub to close its side as far as it can be reached. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#open = false;
    clearInterval(this.#timer);
    this.#track.close();
    this.#peer.close();
    this.#paths?.close();
    if (this.#transportId) await this.#parts.signals.closeTransport(this.#transportId).catch(() => undefined);
  }
}
