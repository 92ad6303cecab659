import { PeerConnection, Video } from 'node-datachannel';
import type { DataChannel, Track } from 'node-datachannel';
import type { BoxClock } from '../../clock.ts';
import type { EngineConfig, HubTransport, MediaSignals, PathStats } from '../engine.ts';
import type { CongestionControl } from './congestion/congestion-control.ts';
import { Pacer } from './pacer.ts';
import type { Lane } from './pacer.ts';
import { MultipathSocket } from './paths/multipath-socket.ts';
import { parseRtcp, roundTripMs } from './rtcp.ts';
import { stampTransportSequence } from './rtp-packet.ts';
import type { OutgoingPacket } from './rtp-packet.ts';
import { PAYLOAD_TYPES, audioRtpParameters, videoRtpParameters } from './rtp-parameters.ts';
import { RtpStream } from './rtp-stream.ts';
import { answerFor, localDtlsParameters, localUfrag } from './sdp.ts';
import { parseTransportFeedback } from './transport-feedback.ts';

export interface ConnectionEvents {
  keyFrameWanted(slot: string): void;
  /** What was sent lately may be lost beyond repair: every feed is to begin anew with a key frame. */
  keyFramesWanted(): void;
  /** False while every feed is paused. */
  mediaExpected?(): boolean;
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
/** Added to the round trip before a packet is sent again: what was just repeated is still under way. */
const RESEND_MARGIN_MS = 20;
/** A repetition that is lost too costs a visible stop: on a calm link each goes twice, a little apart since losses come in bursts. */
const SECOND_COPY_MS = 10;
const VITALS_STREAM_ID = 1;
const MAX_VITALS_BUFFERED_BYTES = 64 * 1024;
/** RTP packet size limit: fits an IPv6 path with a tunnel or two after SRTP's tag. */
export const MAX_PAYLOAD_BYTES = 1_130;

const randomSsrc = (): number => 1 + Math.floor(Math.random() * 0xffff_fff0);

/** One connection to the hub: libdatachannel as a plain SRTP and SCTP pipe, everything above it ours. */
export class HubConnection {
  readonly #clock: BoxClock;
  readonly #events: ConnectionEvents;
  readonly #peer: PeerConnection;
  readonly #track: Track;
  readonly #channel: DataChannel | null;
  readonly #streams = new Map<string, RtpStream>();
  readonly #slotBySsrc = new Map<number, string>();
  readonly #laneBySlot = new Map<string, Lane>();
  /** Whose packets fill up the bursts that measure the link. */
  readonly #paddingSlot: string | undefined;
  readonly control: CongestionControl;
  readonly pacer: Pacer;
  #paths: MultipathSocket | undefined;
  #signals: MediaSignals | undefined;
  #transportId: string | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #controlTimer: NodeJS.Timeout | undefined;
  #transportSequence = 0;
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
    this.pacer = new Pacer({
      now: () => clock.nowMs(),
      mayFly: () => control.mayFly(clock.nowMs()),
      padding: () => this.#streams.get(this.#paddingSlot ?? '')?.padding() ?? null,
      send: (packet, probe) => this.#sendNow(packet, probe),
    });
    const cname = `box-${randomSsrc().toString(36)}`;
    this.#paddingSlot = config.video[0]?.slot;
    for (const { slot, streamClass } of config.video) {
      this.#laneBySlot.set(slot, streamClass === 'clinical' ? 'clinical' : 'other');
      this.#addStream(slot, {
        ssrc: randomSsrc(),
        payloadType: PAYLOAD_TYPES.h264,
        clockRateHz: 90_000,
        cname,
        rtx: { ssrc: randomSsrc(), payloadType: PAYLOAD_TYPES.rtx },
        captureTimeOnEvery: false,
        showAtOnce: streamClass === 'clinical',
      });
    }
    if (config.audio) {
      this.#addStream(config.audio.slot, {
        ssrc: randomSsrc(),
        payloadType: PAYLOAD_TYPES.opus,
        clockRateHz: 48_000,
        cname,
        captureTimeOnEvery: true,
      });
    }
    this.#peer = new PeerConnection('rui-box', { iceServers: [], disableAutoNegotiation: true });
    const video = new Video('media', 'SendOnly');
    video.addH264Codec(PAYLOAD_TYPES.h264);
    for (const { config: stream } of this.#streams.values()) video.addSSRC(stream.ssrc, cname);
    this.#track = this.#peer.addTrack(video);
    this.#track.onMessage((message) => this.#onRtcp(message));
    this.#channel =
      config.vitalsSlot === null
        ? null
        : this.#peer.createDataChannel('vitals', { negotiated: true, id: VITALS_STREAM_ID });
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
    await Promise.all([connected, ...this.#produceAll(config, signals, hub.id)]);
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

  #produceAll(config: EngineConfig, signals: MediaSignals, transportId: string): Promise<unknown>[] {
    const requests: Promise<unknown>[] = [];
    for (const { slot, label, streamClass, modality, laterality } of config.video) {
      const stream = this.#streams.get(slot)?.config;
      if (!stream?.rtx) continue;
      const rtpParameters = videoRtpParameters(stream.ssrc, stream.rtx.ssrc, stream.cname);
      const described = { slot, kind: 'video', streamClass, label, modality, laterality } as const;
      requests.push(signals.produce({ transportId, ...described, rtpParameters }));
    }
    const sound = config.audio && this.#streams.get(config.audio.slot)?.config;
    if (config.audio && sound) {
      const { slot, label } = config.audio;
      const rtpParameters = audioRtpParameters(sound.ssrc, sound.cname);
      requests.push(
        signals.produce({ transportId, slot, kind: 'audio', streamClass: 'voice', label, rtpParameters }),
      );
    }
    if (config.vitalsSlot !== null) {
      requests.push(
        signals.produceData({
          transportId,
          slot: config.vitalsSlot,
          label: '监护 Vitals',
          sctpStreamParameters: { streamId: VITALS_STREAM_ID, ordered: true },
        }),
      );
    }
    return requests;
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

  #addStream(slot: string, config: RtpStream['config']): void {
    const stream = new RtpStream(config);
    this.#streams.set(slot, stream);
    this.#slotBySsrc.set(config.ssrc, slot);
  }

  stream(slot: string): RtpStream | undefined {
    return this.#streams.get(slot);
  }

  paths(): PathStats[] {
    return this.#paths?.paths() ?? [];
  }

  get feedbackAgeMs(): number {
    return this.#clock.nowMs() - this.#lastFeedbackMs;
  }

  /** Video goes through the pacer; sound is thin and urgent and does not. */
  send(slot: string, payloads: Buffer[], captureHubMs: number): void {
    const stream = this.#streams.get(slot);
    if (!stream || !this.#open) return;
    const packets = stream.packetise(payloads, captureHubMs);
    const lane = this.#laneBySlot.get(slot);
    if (lane) this.pacer.enqueue(lane, packets);
    else for (const packet of packets) this.#sendNow(packet, null);
  }

  sendVitals(message: Uint8Array): boolean {
    const channel = this.#channel;
    if (!this.#open || !channel?.isOpen() || channel.bufferedAmount() > MAX_VITALS_BUFFERED_BYTES)
      return false;
    try {
      return channel.sendMessageBinary(message);
    } catch {
      // libdatachannel throws when its association has just died, while the channel still counts as open.
      return false;
    }
  }

  #steer(): void {
    const { control, pacer } = this;
    const nowMs = this.#clock.nowMs();
    control.onTick(nowMs);
    if (control.takeSkip()) this.#skip();
    pacer.setTargetKbps(control.kbps);
    const probe = control.probeDue(nowMs);
    if (probe) pacer.probe(probe);
    else pacer.drain();
  }

  /** Forgets what waits and what could be asked for again. */
  #skip(): void {
    this.pacer.clear();
    for (const stream of this.#streams.values()) stream.forgetSent();
    this.#events.keyFramesWanted();
  }

  #sendNow(packet: OutgoingPacket, probe: number | null): void {
    if (!this.#open || !this.#track.isOpen()) return;
    const nowMs = this.#clock.nowMs();
    const sequence = this.#transportSequence;
    this.#transportSequence = (sequence + 1) & 0xffff;
    stampTransportSequence(packet.data, sequence);
    this.control.onSent(sequence, packet.data.length, nowMs, probe);
    this.#track.sendMessageBinary(packet.data);
  }

  #onRtcp(message: Buffer): void {
    this.#lastFeedbackMs = this.#clock.nowMs();
    for (const event of parseRtcp(message)) {
      if (event.type === 'nack') this.#onNack(event.ssrc, event.sequences);
      else if (event.type === 'keyFrame') {
        const slot = this.#slotBySsrc.get(event.ssrc);
        if (slot !== undefined) this.#events.keyFrameWanted(slot);
      } else if (event.type === 'report') {
        this.rttMs = roundTripMs(event, this.#clock.hubNowMs()) ?? this.rttMs;
      } else {
        const arrivals = parseTransportFeedback(event.body);
        if (arrivals) this.control.onFeedback(arrivals, this.#lastFeedbackMs);
      }
    }
  }

  #onNack(ssrc: number, sequences: number[]): void {
    const slot = this.#slotBySsrc.get(ssrc) ?? '';
    const stream = this.#streams.get(slot);
    const lane = this.#laneBySlot.get(slot);
    if (!stream || !lane) return;
    const guardMs = this.control.rttMs + RESEND_MARGIN_MS;
    for (const sequence of sequences) {
      const packet = stream.retransmit(sequence, this.#clock.nowMs(), guardMs);
      if (!packet || !this.pacer.enqueueRetransmission(lane, packet)) continue;
      stream.retransmitted++;
      if (this.control.calm) setTimeout(() => this.#sendSecondCopy(lane, stream, sequence), SECOND_COPY_MS);
    }
  }

  #sendSecondCopy(lane: Lane, stream: RtpStream, sequence: number): void {
    const packet = this.#open ? stream.copy(sequence) : undefined;
    if (packet) this.pacer.enqueueRetransmission(lane, packet);
  }

  #everySecond(): void {
    this.#sendReports();
    // Who sends nothing hears nothing.
    if (this.#events.mediaExpected?.() === false) this.#lastFeedbackMs = this.#clock.nowMs();
    if (this.feedbackAgeMs > FEEDBACK_SILENCE_MS) this.#lose('no feedback from the hub');
  }

  #sendReports(): void {
    if (!this.#track.isOpen()) return;
    const hubNowMs = this.#clock.hubNowMs();
    for (const stream of this.#streams.values()) this.#track.sendMessageBinary(stream.senderReport(hubNowMs));
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
    this.#channel?.close();
    this.#track.close();
    this.#peer.close();
    this.#paths?.close();
    if (this.#transportId !== undefined)
      await this.#signals?.closeTransport(this.#transportId).catch(() => undefined);
  }
}
