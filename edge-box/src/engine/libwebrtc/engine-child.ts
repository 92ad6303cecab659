import type { types } from 'mediasoup-client';
import { underBox } from '../../child-of-box.ts';
import { BoxClock } from '../../clock.ts';
import { reasonOf } from '../../log.ts';
import { answerStill, StillPictures } from '../../media/still-picture.ts';
import type { DeviceStats, EngineConfig } from '../engine.ts';
import type { FromEngine, SignalMethod, ToEngine } from './engine-protocol.ts';
import { facesHeld } from './face-hold.ts';
import { runPictures, runSound } from './feed-tracks.ts';
import type { TrackEvents } from './feed-tracks.ts';
import { Publication } from './publication.ts';
import type { PublicationSignals } from './publication.ts';
import { Statistics } from './statistics.ts';
import { installWebrtc, offerCaptureTime } from './wrtc.ts';

/**
 * The libwebrtc engine's own process: sources, encoders and the connection. A crash of native code costs this process, and the box's main
 * process starts it again.
 */

const REPORT_EVERY_MS = 500;
/** The hub reports arrivals many times a second; silent this long, the path is dead. Longer than a usual handover gap. */
const FEEDBACK_SILENCE_MS = 2_500;
/** Above this a capture time by the machine's clock misleads more than it helps. */
const MAX_CLOCK_ERROR_MS = 20;

const { send: say, fail } = underBox<ToEngine, FromEngine>(onMessage, (reason) => ({
  type: 'failed',
  reason,
}));

const answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let calls = 0;

/** The hub, by way of the parent. */
function signalsOf(connection: number): PublicationSignals {
  const ask =
    (method: SignalMethod) =>
    (...args: unknown[]): Promise<never> =>
      new Promise((resolve, reject) => {
        const call = calls++;
        answers.set(call, { resolve: resolve as (value: unknown) => void, reject });
        say({ type: 'call', call, connection, method, args } as FromEngine);
      });
  return {
    createTransport: ask('createTransport'),
    connectTransport: ask('connectTransport'),
    produce: ask('produce'),
    produceData: ask('produceData'),
  };
}

class EngineChild {
  readonly #config: EngineConfig;
  readonly #clock: BoxClock;
  readonly #tracks = new Map<string, MediaStreamTrack>();
  readonly #devices: DeviceStats[] = [];
  readonly #stills = new Map<string, StillPictures>();
  #publication: Publication | undefined;
  #statistics: Statistics | undefined;
  #connection = 0;
  #facesHeld = false;
  /** Nothing of these slots is to leave the box. */
  paused: ReadonlySet<string> = new Set();

  constructor(config: EngineConfig, clock: BoxClock) {
    this.#config = config;
    this.#clock = clock;
    const { RTCVideoSource, RTCAudioSource } = installWebrtc();
    // libwebrtc stamps with the machine's clock. No age is better than a wrong one.
    offerCaptureTime(() => Math.abs(clock.hubNowMs() - Date.now()) <= MAX_CLOCK_ERROR_MS);
    for (const { slot, source, streamClass } of config.video) {
      const target = new RTCVideoSource();
      this.#tracks.set(slot, target.createTrack());
      const held = (): boolean => this.paused.has(slot) || (this.#facesHeld && streamClass === 'face');
      const stills = new StillPictures();
      this.#stills.set(slot, stills);
      runPictures(source, target, clock, this.#eventsOf(slot, held), stills);
    }
    if (config.audio) {
      const target = new RTCAudioSource();
      const { slot, source } = config.audio;
      this.#tracks.set(slot, target.createTrack());
      runSound(
        source,
        target,
        clock,
        this.#eventsOf(slot, () => this.paused.has(slot)),
      );
    }
    setInterval(() => void this.#report().catch(fail), REPORT_EVERY_MS);
  }

  #eventsOf(slot: string, held: () => boolean): TrackEvents {
    const device: DeviceStats = { slot };
    this.#devices.push(device);
    return {
      held,
      down: (reason) => say({ type: 'feedDown', slot, reason }),
      state: (state) => {
        device.source = state;
        if (state !== 'live') device.health = undefined;
      },
      health: (health) => {
        device.health = health;
      },
      stuck: fail,
    };
  }

  async connect(connection: number, capabilities: types.RtpCapabilities): Promise<void> {
    try {
      const next = await Publication.open(
        this.#config,
        this.#tracks,
        capabilities,
        signalsOf(connection),
        (reason) => say({ type: 'lost', connection, reason }),
      );
      this.#publication?.close();
      this.#publication = next;
      this.#connection = connection;
      const slotByTrack = new Map([...this.#tracks].map(([slot, { id }]) => [id, slot]));
      this.#statistics = new Statistics(this.#config, slotByTrack, this.#clock.nowMs());
      say({ type: 'connected', connection });
    } catch (error) {
      say({ type: 'notConnected', connection, reason: reasonOf(error) });
    }
  }

  requestKeyFrame(slot: string): void {
    this.#publication?.requestKeyFrame(slot);
  }

  answerStill(id: number, slot: string): void {
    say(answerStill(id, this.#stills.get(slot), this.#clock.nowMs()));
  }

  sendVitals(message: Uint8Array): void {
    this.#publication?.sendVitals(message);
  }

  async #report(): Promise<void> {
    const publication = this.#publication;
    const statistics = this.#statistics;
    const report = publication ? await publication.statistics() : new Map<string, unknown>();
    const nowMs = this.#clock.nowMs();
    const reader = statistics ?? new Statistics(this.#config, new Map(), nowMs);
    const stats = reader.read(report.values(), this.#facesHeld, nowMs);
    this.#facesHeld = facesHeld(this.#facesHeld, stats.estimateKbps, this.#config);
    say({
      type: 'report',
      report: {
        stats,
        devices: this.#devices,
        vitalsOpen: publication?.vitalsOpen ?? false,
        vitalsBufferedBytes: publication?.vitalsBufferedBytes ?? 0,
      },
    });
    // Who sends nothing hears nothing.
    const sends = [...this.#tracks.keys()].some((slot) => !this.paused.has(slot));
    if (
      publication &&
      publication === this.#publication &&
      sends &&
      (stats.feedbackAgeMs ?? 0) > FEEDBACK_SILENCE_MS
    )
      say({ type: 'lost', connection: this.#connection, reason: 'no feedback from the hub' });
  }
}

let clock: BoxClock | undefined;
let engine: EngineChild | undefined;

function onMessage(message: ToEngine): void {
  switch (message.type) {
    case 'start':
      clock = new BoxClock(message.clock);
      engine = new EngineChild(message.config, clock);
      break;
    case 'connect':
      void engine?.connect(message.connection, message.routerRtpCapabilities);
      break;
    case 'answer':
      answers.get(message.call)?.resolve(message.value);
      answers.delete(message.call);
      break;
    case 'refusal':
      answers.get(message.call)?.reject(new Error(message.reason));
      answers.delete(message.call);
      break;
    case 'keyFrame':
      engine?.requestKeyFrame(message.slot);
      break;
    case 'paused':
      if (engine) engine.paused = new Set(message.slots);
      break;
    case 'still':
      engine?.answerStill(message.id, message.slot);
      break;
    case 'vitals':
      engine?.sendVitals(message.message);
      break;
    case 'clock':
      clock?.setHubOffsetMs(message.hubOffsetMs);
      break;
  }
}
