import { connectSignaling } from '../../../src/lib/signaling/client/index.ts';
import type { RoomLink, SignalingClient } from '../../../src/lib/signaling/client/index.ts';
import type { BoxReport, BoxWishes, RequestInput } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxEnrolment } from '../enrolment/enrolment.ts';
import { EnrolmentRequired } from '../enrolment/enrolment.ts';
import type { HubTransport, MediaSignals, RouterRtpCapabilities } from '../engine/engine.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import type { RoomEvents, Uplink, UplinkEvents, UplinkRoom } from './uplink.ts';

export interface HubUplinkConfig {
  hubUrl: string;
  version: string;
  enrolment: BoxEnrolment;
  log: Log;
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
  readonly #attentionListeners: (() => void)[] = [];
  #noTokenBeforeMs = 0;
  #rooms = 0;

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
    client.onNotice('box.assigned', ({ roomId }) => events.assigned(roomId));
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
    return this.#client.request('box.report', report);
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
      if (hello) this.#events?.assigned(hello.roomId);
    } catch (error) {
      this.#config.log('warn', 'hello not answered', { reason: reasonOf(error) });
    }
  }

  joinRoom(roomId: string, events: RoomEvents): UplinkRoom {
    if (!this.#client) throw new Error('start the uplink first');
    let mediaSessionId: string | undefined;
    let routerRtpCapabilities: RouterRtpCapabilities | undefined;
    const link = this.#client.joinRoom(roomId, { mediaSessionId: () => mediaSessionId });
    let closed = false;
    this.#rooms++;
    link.onJoined((joined) => {
      mediaSessionId = joined.mediaSessionId;
      routerRtpCapabilities = joined.routerRtpCapabilities;
      events.joined(joined.mediaKept);
    });
    link.onPhase((phase, detail) => {
      if (phase === 'dismissed' || phase === 'refused' || phase === 'failed') {
        events.dismissed(detail?.reason ?? detail?.error?.code ?? phase);
      }
    });
    return {
      signals: { routerRtpCapabilities: () => routerRtpCapabilities, ...signalsOver(link) },
      close: () => {
        if (closed) return;
        closed = true;
        this.#rooms--;
        // The hub need not wait for a member that goes on purpose; one that it sent out is gone already.
        if (link.phase === 'joined' || link.phase === 'waiting') void link.leave().catch(() => undefined);
        else link.close();
      },
    };
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

function signalsOver(link: RoomLink): MediaSignals {
  return {
    createTransport: async () =>
      (await link.request('media.createTransport', { direction: 'send' })) as unknown as HubTransport,
    connectTransport: async (transportId, dtlsParameters) => {
      const checked = dtlsParameters as RequestInput<'media.connectTransport'>['dtlsParameters'];
      await link.request('media.connectTransport', { transportId, dtlsParameters: checked });
    },
    produce: async ({ rtpParameters, ...request }) =>
      link.request('media.produce', {
        ...request,
        paused: false,
        rtpParameters: rtpParameters as RequestInput<'media.produce'>['rtpParameters'],
      }),
    produceData: async (request) => link.request('media.produceData', request),
    closeTransport: async (transportId) => {
      await link.request('media.closeTransport', { transportId });
    },
  };
}
