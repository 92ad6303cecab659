import { PeerConnection, Video } from 'node-datachannel';
import type { DataChannel, Track } from 'node-datachannel';
import type { BoxClock } from '../../clock.ts';
import type { EngineConfig, HubTransport, MediaSignals, PathStats } from '../engine.ts';
import type { CongestionControl } from './congestion/congestion-control.ts';
import { OutgoingStreams, VITALS_STREAM_ID } from './outgoing-streams.ts';
import { Pacer } from './pacer.ts';
import { MultipathSocket } from './paths/multipath-socket.ts';
import { Repairs } from './repairs.ts';
import { parseRtcp, roundTripMs } from './rtcp.ts';
import { stampTransportSequence } from './rtp-packet.ts';
import type { OutgoingPacket } from './rtp-packet.ts';
import { PAYLOAD_TYPES } from './rtp-parameters.ts';
import type { RtpStream } from './rtp-stream.ts';
import { answerFor, localDtlsParameters, localUfrag } from './sdp.ts';
import { parseTransportFeedback } from './transport-feedback.ts';

export interface ConnectionEvents {
  keyFrameWanted(slot: string, layer: number): void;
  /** What was sent lately may be lost beyond repair: every feed is to begin anew with a key frame. */
  keyFramesWanted(): void;
  /** False while every feed is paused. */
  mediaExpected(): boolean;
  lost(reason: string): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const REPORT_INTERVAL_MS = 1_000;
/**
 * Silent this long, the hub has most likely forgotten this connection. An outage alone needs no new one: the same session goes on when any
 * path answers again.
 */
const FEEDBACK_SILENCE_MS = 8_000;
const CONTROL_INTERVAL_MS = 4;
const MAX_VITALS_BUFFERED_BYTES = 64 * 1024;
/** RTP packet size limit: fits an IPv6 path with a tunnel or two after SRTP's tag. */
export const MAX_PAYLOAD_BYTES = 1_130;

/**
 * libdatachannel throws when its transport has just died, while track and channel still count as open. What could not be sent is lost as on the
 * air; that the connection is gone is told by its state.
 */
function handOver(send: () => boolean): boolean {
  try {
    return send();
  } catch {
    return false;
  }
}

/** One connection to the hub: libdatachannel as a plain SRTP and SCTP pipe, everything above it ours. */
export class HubConnection {
  readonly #clock: BoxClock;
  readonly #events: ConnectionEvents;
  readonly #peer: PeerConnection;
  readonly #track: Track;
  readonly #channel: DataChannel | null;
  readonly #streams: OutgoingStreams;
  readonly #repairs: Repairs;
  readonly control: CongestionControl;
  readonly pacer: Pacer;
  #paths: MultipathSocket | undefined;
  #signals: MediaSignals | undefined;
  #transportId: string | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #controlTimer: NodeJS.Timeout | undefined;
  #transportSequence = 0;
  #hasSent = false;
  #lastFeedbackMs: number;
  #open = false;
  #closed = false;
  rttMs: number | null = null;

  private constructor(
    config: EngineConfig,
    clock: BoxClock,
    events: ConnectionEvents,
    control: CongestionControl,
  ) {
    this.#clock = clock;
    this.#events = events;
    this.#lastFeedbackMs = clock.nowMs();
    this.control = control;
    this.#streams = new OutgoingStreams(config);
    this.pacer = new Pacer({
      now: () => clock.nowMs(),
      mayFly: () => control.mayFly(clock.nowMs()),
      padding: () => this.#streams.padding(),
      send: (packet, probe) => this.#sendNow(packet, probe),
    });
    this.#repairs = new Repairs(this.#streams, this.pacer, control);
    this.#peer = new PeerConnection('rui-box', { iceServers: [], disableAutoNegotiation: true });
    const video = new Video('media', 'SendOnly');
    video.addH264Codec(PAYLOAD_TYPES.h264);
    for (const { config: stream } of this.#streams.all()) video.addSSRC(stream.ssrc, stream.cname);
    this.#track = this.#peer.addTrack(video);
    this.#track.onMessage((message) => this.#onRtcp(message));
    this.#channel =
      config.vitalsSlot === null
        ? null
        : this.#peer.createDataChannel('vitals', { negotiated: true, id: VITALS_STREAM_ID });
  }

  /** How long so much takes from here to the hub and its word back, as far as is known. */
  arrivesInMs(bytes: number): number {
    const { kbps, queueMs, rttMs } = this.control;
    return (bytes * 8) / kbps + queueMs + rttMs;
  }

  /** Opens transport, connection and producers; rejects, with everything closed again, when any of it fails. */
  static async open(
    config: EngineConfig,
    clock: BoxClock,
    signals: MediaSignals,
    events: ConnectionEvents,
    control: CongestionControl,
  ): Promise<HubConnection> {
    const connection = new HubConnection(config, clock, events, control);
    try {
      await connection.#start(config, signals);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async #start(config: EngineConfig, signals: MediaSignals): Promise<void> {
    this.#signals = signals;
    const connected = this.#whenConnected();
    // A failure before anyone waits for it must not count as unhandled.
    connected.catch(() => undefined);
    const hub = await signals.createTransport();
    this.#transportId = hub.id;
    this.#peer.setLocalDescription('offer');
    const offer = this.#peer.localDescription()?.sdp ?? '';
    await signals.connectTransport(hub.id, localDtlsParameters(offer));
    const paths = await this.#openPaths(hub, localUfrag(offer), config.interfaces ?? []);
    this.#peer.setRemoteDescription(answerFor(offer, hub, paths.stackSide), 'answer');
    await Promise.all([connected, ...this.#streams.produceAll(signals, hub.id)]);
    this.#open = true;
    this.#lastFeedbackMs = this.#clock.nowMs();
    this.#reportTimer = setInterval(() => this.#everySecond(), REPORT_INTERVAL_MS);
    this.#controlTimer = setInterval(() => this.#steer(), CONTROL_INTERVAL_MS);
    this.#steer();
    this.#sendReports();
  }

  async #openPaths(
    hub: HubTransport,
    localUfragment: string,
    interfaces: readonly string[],
  ): Promise<MultipathSocket> {
    const hubs = hub.iceCandidates
      .filter(({ protocol }) => protocol === 'udp')
      .map(({ address, ip, port }) => ({ address: address ?? ip ?? '', port }));
    const { usernameFragment: hubUfrag, password: hubPassword } = hub.iceParameters;
    this.#paths = await MultipathSocket.open({
      hubs,
      credentials: { localUfrag: localUfragment, hubUfrag, hubPassword },
      interfaces,
      now: () => this.#clock.nowMs(),
      alive: () => this.control.onPathAlive(this.#clock.nowMs()),
      moved: () => this.control.onPathChange(this.#clock.nowMs()),
    });
    return this.#paths;
  }

  #whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('no connection to the hub in time')),
        CONNECT_TIMEOUT_MS,
      );
      this.#peer.onStateChange((state) => {
        if (state === 'connected') {
          clearTimeout(timer);
          resolve();
        } else if (state === 'failed' || state === 'closed' || state === 'disconnected') {
          clearTimeout(timer);
          reject(new Error(`connection ${state}`));
          this.#lose(`connection ${state}`);
        }
      });
    });
  }

  /** The feed's streams, smallest size of the picture first. */
  streams(slot: string): RtpStream[] {
    return this.#streams.of(slot);
  }

  /** What was sent of a size that pauses now is not repeated either. */
  forgetLayer(slot: string, layer: number): void {
    this.#streams.get(slot, layer)?.stream.forgetSent();
  }

  paths(): PathStats[] {
    return this.#paths?.paths() ?? [];
  }

  get feedbackAgeMs(): number {
    return this.#clock.nowMs() - this.#lastFeedbackMs;
  }

  /** Video goes through the pacer; sound is thin and urgent and does not. */
  send(slot: string, layer: number, payloads: Buffer[], captureHubMs: number): void {
    const outgoing = this.#streams.get(slot, layer);
    if (!outgoing || !this.#open) return;
    const { stream, lane } = outgoing;
    const packets = stream.packetise(payloads, captureHubMs);
    if (lane) this.pacer.enqueue(lane, packets);
    else for (const packet of packets) this.#sendNow(packet, null);
  }

  sendVitals(message: Uint8Array): boolean {
    const channel = this.#channel;
    if (!this.#open || !channel?.isOpen() || channel.bufferedAmount() > MAX_VITALS_BUFFERED_BYTES)
      return false;
    return handOver(() => channel.sendMessageBinary(message));
  }

  #steer(): void {
    const { control, pacer } = this;
    const nowMs = this.#clock.nowMs();
    control.onTick(nowMs);
    if (control.takeSkip()) this.#skip();
    pacer.setTarget(control.kbps, control.limitKbps);
    const probe = control.probeDue(nowMs);
    if (probe) pacer.probe(probe);
    else pacer.drain();
  }

  /** Forgets what waits and what could be asked for again. */
  #skip(): void {
    this.pacer.clear();
    for (const stream of this.#streams.all()) stream.forgetSent();
    this.#events.keyFramesWanted();
  }

  #sendNow(packet: OutgoingPacket, probe: number | null): void {
    if (!this.#open || !this.#track.isOpen()) return;
    const nowMs = this.#clock.nowMs();
    const sequence = this.#transportSequence;
    this.#transportSequence = (sequence + 1) & 0xffff;
    this.#hasSent = true;
    stampTransportSequence(packet.data, sequence);
    this.control.onSent(sequence, packet.data.length, nowMs, probe);
    handOver(() => this.#track.sendMessageBinary(packet.data));
  }

  #onRtcp(message: Buffer): void {
    this.#lastFeedbackMs = this.#clock.nowMs();
    for (const event of parseRtcp(message)) {
      if (event.type === 'nack') this.#repairs.onNack(event.ssrc, event.sequences, this.#lastFeedbackMs);
      else if (event.type === 'keyFrame') {
        const wanted = this.#streams.bySsrc(event.ssrc);
        if (wanted) this.#events.keyFrameWanted(wanted.slot, wanted.layer);
      } else if (event.type === 'report') {
        this.rttMs = roundTripMs(event, this.#clock.hubNowMs()) ?? this.rttMs;
      } else {
        const arrivals = parseTransportFeedback(event.body);
        if (arrivals) this.control.onFeedback(arrivals, this.#lastFeedbackMs);
      }
    }
  }

  #everySecond(): void {
    this.#sendReports();
    // Who sends nothing hears nothing: all is paused, or no device has given anything yet.
    if (!this.#hasSent || !this.#events.mediaExpected()) this.#lastFeedbackMs = this.#clock.nowMs();
    if (this.feedbackAgeMs > FEEDBACK_SILENCE_MS) this.#lose('no feedback from the hub');
  }

  #sendReports(): void {
    if (!this.#track.isOpen()) return;
    const hubNowMs = this.#clock.hubNowMs();
    for (const report of this.#streams.senderReports(hubNowMs))
      handOver(() => this.#track.sendMessageBinary(report));
  }

  #lose(reason: string): void {
    if (this.#closed || !this.#open) return;
    this.#open = false;
    this.#stopTimers();
    this.#events.lost(reason);
  }

  #stopTimers(): void {
    clearInterval(this.#reportTimer);
    clearInterval(this.#controlTimer);
  }

  /** Closes this side at once, and asks the hub to close its side as far as it can be reached. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#open = false;
    this.#stopTimers();
    this.pacer.clear();
    this.#repairs.close();
    this.#channel?.close();
    this.#track.close();
    this.#peer.close();
    this.#paths?.close();
    if (this.#transportId !== undefined)
      await this.#signals?.closeTransport(this.#transportId).catch(() => undefined);
  }
}
