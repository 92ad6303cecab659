import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RtpCapabilities } from 'mediasoup/types';
import { Server } from 'socket.io';
import type { Socket } from 'socket.io';
import {
  decodeBatch,
  EVENT_CHANNEL,
  feedIdOf,
  NOTICE_CHANNEL,
  REQUESTS,
  SOCKET_PATH,
} from '../../../../src/lib/signaling/contract/index.ts';
import type {
  BoxRecord,
  BoxReport,
  BoxWishes,
  Feed,
  RequestData,
  RequestType,
} from '../../../../src/lib/signaling/contract/index.ts';
import type { MediaSignals, RtpParameters } from '../engine.ts';
import { BareHub } from './bare-hub.ts';

/** A member that is no box. */
const OTHER_MEMBER = 'a_doctor';

type Answers = { [T in RequestType]?: (data: RequestData<T>) => unknown };

/**
 * As much of a hub as a box talks to: enrolment over HTTP, the contract over socket.io (every message parsed by it), media on a real
 * mediasoup worker. No rooms, no database.
 */
export class StubHub {
  readonly media: BareHub;
  readonly code = `code-${randomUUID()}`;
  readonly requests: RequestType[] = [];
  readonly problems: string[] = [];
  /** Newest last. */
  readonly reports: BoxReport[] = [];
  hearsReports = true;
  /** False: what comes over the data channel counts for nothing, as if it stood still. */
  hearsVitals = true;
  /** What a box that has reported is to take. */
  offer: (report: BoxReport) => BoxWishes['config'] = () => null;
  roomId: string | null = 'room_1';
  /** Forgets the box's media session, as a restarted hub or a dead worker does. */
  mediaSessionId: string = randomUUID();
  /** What is published in the room, as the room's state has it. */
  readonly #feeds: Record<string, Feed> = {};
  #seq = 0;
  readonly #http: HttpServer;
  readonly #io: Server;
  #publicKey = '';
  readonly #tokens = new Set<string>();
  /** What the box's outbox has delivered. */
  readonly records: BoxRecord[] = [];

  private constructor(media: BareHub) {
    this.media = media;
    // A box that is killed breaks off in the midst of a request.
    this.#http = createServer((request, response) => {
      this.#api(request, response).catch(() => response.destroy());
    });
    this.#io = new Server(this.#http, { path: SOCKET_PATH, serveClient: false });
    this.#io.use((socket, next) => {
      const refused = Object.assign(new Error('no'), { data: { code: 'unauthenticated', message: 'no' } });
      next(this.#tokens.has(String(socket.handshake.auth['token'])) ? undefined : refused);
    });
    this.#io.on('connection', (socket) => this.#serve(socket));
  }

  static async start(): Promise<StubHub> {
    const hub = new StubHub(await BareHub.start());
    await new Promise<void>((resolve) => hub.#http.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get connected(): number {
    return this.#io.sockets.sockets.size;
  }

  assign(roomId: string | null): void {
    this.roomId = roomId;
    this.#io.emit(NOTICE_CHANNEL, { type: 'box.assigned', data: { roomId } });
  }

  /** Tells the box of a feed; its media, if any, is under `feedId` among the producers. */
  openFeed(feed: Pick<Feed, 'slot' | 'kind' | 'streamClass'>, memberId = OTHER_MEMBER): string {
    const feedId = feedIdOf(memberId, feed.slot);
    const rest = { label: '', paused: false, mutedByHost: false, generation: this.#seq + 1 };
    this.#feeds[feedId] = { feedId, memberId, ...feed, ...rest };
    this.#tell('feed.opened', { feed: this.#feeds[feedId] });
    return feedId;
  }

  closeFeed(feedId: string): void {
    delete this.#feeds[feedId];
    this.#tell('feed.closed', { feedId });
  }

  #tell(type: 'feed.opened' | 'feed.closed', data: object): void {
    const event = { roomId: this.roomId, epoch: 1, seq: ++this.#seq, atMs: Date.now(), type, data };
    this.#io.emit(EVENT_CHANNEL, event);
  }

  #dataFigures(): Promise<{ feedId: string; messagesReceived: number }[]> {
    return Promise.all(
      [...this.media.dataProducers].map(async ([slot, dataProducer]) => {
        const [stat] = await dataProducer.getStats();
        const messagesReceived = this.hearsVitals ? (stat?.messagesReceived ?? 0) : 0;
        return { feedId: `box_1234:${slot}`, messagesReceived };
      }),
    );
  }

  /** Makes the box report now. */
  ask(): void {
    this.#io.emit(NOTICE_CHANNEL, { type: 'box.wanted', data: {} });
  }

  /** Cuts the box's socket, as a bad network does. */
  dropSockets(): void {
    for (const socket of this.#io.sockets.sockets.values()) socket.conn.close();
  }

  async #api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === '/api/box/records') {
      const { outboxId, records } = decodeBatch(Buffer.concat(chunks));
      for (const { record } of records) if (record.number > this.records.length) this.records.push(record);
      return void response.end(JSON.stringify({ outboxId, through: this.records.length }));
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const answer = this.#answerApi(request.url ?? '', JSON.parse(text || '{}') as Record<string, string>);
    response.statusCode = answer ? 200 : 403;
    response.end(JSON.stringify(answer ?? {}));
  }

  #answerApi(path: string, body: Record<string, string>): object | null {
    if (path === '/api/box/enrol' && body['code'] === this.code) {
      this.#publicKey = body['publicKey'] ?? '';
      return { boxId: 'box_1234' };
    }
    if (path !== '/api/box/token') return null;
    const said = `rui-box-token:v1:${body['boxId']}:${body['timestampMs']}:${body['nonce']}`;
    const der = Buffer.from(this.#publicKey, 'base64url');
    const key = createPublicKey({ key: der, type: 'spki', format: 'der' });
    if (!verify(null, Buffer.from(said), key, Buffer.from(body['signature'] ?? '', 'base64url'))) return null;
    const token = randomUUID();
    this.#tokens.add(token);
    return { token, expiresAt: Date.now() + 60_000 };
  }

  #serve(socket: Socket): void {
    socket.onAny((type: RequestType, data: unknown, acknowledge: (ack: unknown) => void) => {
      this.#answer(type, data).then(
        (result) => acknowledge({ ok: true, data: result }),
        (error: unknown) => {
          this.problems.push(`${type}: ${String(error)}`);
          acknowledge({ ok: false, error: { code: 'invalid_message', message: String(error) } });
        },
      );
    });
  }

  async #answer(type: RequestType, data: unknown): Promise<unknown> {
    this.requests.push(type);
    const handler = this.#answers[type] as ((data: unknown) => unknown) | undefined;
    if (!handler) throw new Error('not expected of a box');
    return REQUESTS[type].response.parse(await handler(REQUESTS[type].request.parse(data)));
  }

  readonly #answers: Answers = {
    'clock.sync': ({ clientMs }) => ({ clientMs, hubMs: Date.now() }),
    'box.hello': () => ({ boxId: 'box_1234', name: 'Box', roomId: this.roomId }),
    'box.report': (report) => {
      if (!this.hearsReports) throw new Error('not heard');
      this.reports.push(report);
      return { config: this.offer(report), logBundleId: null, update: null };
    },
    'room.join': ({ roomId, mediaSessionId }) => this.#joined(roomId, mediaSessionId),
    'room.leave': () => ({}),
    'media.createTransport': async () => {
      const transport = await this.media.createTransport();
      const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport;
      return { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters };
    },
    'media.connectTransport': async ({ transportId, dtlsParameters }) => {
      await this.media.signals.connectTransport(transportId, dtlsParameters);
      return {};
    },
    'media.closeTransport': async ({ transportId }) => {
      await this.media.signals.closeTransport(transportId);
      return {};
    },
    'media.produce': async ({ rtpParameters, streamClass, ...request }) => {
      if (streamClass === 'screen') throw new Error('not expected of a box');
      const parameters = rtpParameters as unknown as RtpParameters;
      const produced = this.media.signals.produce({ ...request, streamClass, rtpParameters: parameters });
      return { feedId: `box_1234:${request.slot}`, ...(await produced) };
    },
    'media.consume': async ({ transportId, feedId, rtpCapabilities }) => {
      const capabilities = rtpCapabilities as RtpCapabilities;
      const consumer = await this.media.consume(transportId, feedId, capabilities);
      const { id: consumerId, producerId, kind, rtpParameters } = consumer;
      const generation = this.#feeds[feedId]?.generation ?? 1;
      return { consumerId, producerId, kind, rtpParameters, generation };
    },
    'media.setConsumer': async ({ consumerId, paused }) => {
      if (paused === false) await this.media.receiveSignals.resume(consumerId);
      return {};
    },
    'media.closeConsumer': async ({ consumerId }) => {
      await this.media.receiveSignals.closeConsumer(consumerId);
      return {};
    },
    'media.produceData': async (request) => {
      const asked = request as Parameters<MediaSignals['produceData']>[0];
      return { feedId: `box_1234:${request.slot}`, ...(await this.media.signals.produceData(asked)) };
    },
    'media.stats': async () => ({ transports: [], feeds: [], data: await this.#dataFigures() }),
  };

  #joined(roomId: string, mediaSessionId: string | undefined): object {
    const room = {
      roomId,
      kind: 'consult',
      title: 't',
      patient: null,
      status: 'open',
      openedAtMs: 0,
      seq: this.#seq,
    };
    const rest = { hostMemberId: null, members: {}, knocks: {}, barred: [], boxes: {}, chat: [] };
    const feeds = { ...this.#feeds };
    return {
      outcome: 'joined',
      memberId: 'box_1234',
      role: 'box',
      capabilities: [],
      state: { ...room, ...rest, feeds },
      mediaSessionId: this.mediaSessionId,
      mediaKept: mediaSessionId === this.mediaSessionId,
      routerRtpCapabilities: { ...this.media.router.rtpCapabilities },
      hubMs: Date.now(),
    };
  }

  async close(): Promise<void> {
    await this.#io.close();
    this.media.close();
  }
}
