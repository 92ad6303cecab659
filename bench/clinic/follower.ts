import { io, type Socket } from 'socket.io-client';
import {
  NOTICE_CHANNEL,
  SOCKET_PATH,
  type Notice,
  type NoticeData,
} from '../../src/lib/signaling/contract/index.ts';
import { FOLLOWED, Reloads } from '../../src/lib/ui/case/reloads.ts';
import { connected } from '../../test/support/connected.ts';
import { pageData } from './flat-data.ts';
import type { Visitor } from './visitor.ts';

/** Each page's connection also asks for the hub's time so often. */
const CLOCK_EVERY_MS = 10_000;

/** A step that somebody took, in ms of this process. */
export interface TakenStep {
  pressedMs: number;
  acknowledgedMs: number;
}

/** When the page had in hand what came of a step. */
export interface Seen extends TakenStep {
  inHandMs: number;
}

interface Expected<Data> {
  step: TakenStep;
  isThere(data: Data): boolean;
}

/**
 * A page that follows cases, without a browser: the same socket, the same notices, the same gathering and reloading (the page's own code), and the
 * same request for the page's data. What is left out is what the browser then draws.
 */
export class Follower<Data> {
  readonly seen: Seen[] = [];
  readonly #visitor: Visitor;
  readonly #dataPath: string;
  readonly #socket: Socket;
  readonly #reloads: Reloads;
  readonly #timers: NodeJS.Timeout[] = [];
  #awaited: Expected<Data>[] = [];
  #latest: { data: Data; atMs: number } | null = null;
  reloadCount = 0;

  constructor(
    visitor: Visitor,
    {
      path,
      loads,
      concerns = () => true,
      taking = (data) => data,
    }: {
      path: string;
      /** One digit for every layout and the page: whether it has something to load from the hub. */
      loads: string;
      concerns?: (kind: string) => boolean;
      /** What the page shows once it was told a place. */
      taking?: (data: Data, place: NoticeData<'queue.changed'>) => Data;
    },
  ) {
    this.#visitor = visitor;
    this.#dataPath = `${path}/__data.json?x-sveltekit-invalidated=${loads}`;
    this.#reloads = new Reloads(() => this.#reload(), FOLLOWED.gatherMs);
    this.#socket = io(visitor.hubUrl, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      forceNew: true,
      autoConnect: false,
      extraHeaders: { cookie: visitor.cookie },
    });
    this.#socket.on(NOTICE_CHANNEL, (notice: Notice) => {
      if (notice.type === 'case.changed' && concerns(notice.data.kind)) this.#reloads.soon();
      if (notice.type === 'queue.changed' && this.#latest)
        this.#inHand(taking(this.#latest.data, notice.data));
    });
  }

  /** Resolves when it follows, with its first data loaded. */
  async open(): Promise<void> {
    await connected(this.#socket.connect());
    await this.#reload();
    const refresh = setInterval(() => this.#reloads.soon(), FOLLOWED.refreshMs);
    const askTime = setInterval(
      () => this.#socket.emit('clock.sync', { clientMs: Date.now() }, () => undefined),
      CLOCK_EVERY_MS,
    );
    this.#timers.push(refresh, askTime);
  }

  /** What this step has changed for this page; it may be there already, as soon as the acknowledgement. */
  expect(step: TakenStep, isThere: (data: Data) => boolean): void {
    const latest = this.#latest;
    if (latest && latest.atMs > step.pressedMs && isThere(latest.data))
      this.seen.push({ ...step, inHandMs: latest.atMs });
    else this.#awaited.push({ step, isThere });
  }

  /** Steps whose outcome never came. */
  get missing(): number {
    return this.#awaited.length;
  }

  /** What was measured so far is not counted. */
  forget(): void {
    this.seen.length = 0;
    this.reloadCount = 0;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#reloads.stop();
    this.#socket.disconnect();
    this.#visitor.close();
  }

  async #reload(): Promise<void> {
    const data = pageData(await this.#visitor.get(this.#dataPath)) as Data;
    this.reloadCount++;
    this.#inHand(data);
  }

  #inHand(data: Data): void {
    const atMs = performance.now();
    this.#latest = { data, atMs };
    // What a later step has changed includes what earlier ones had.
    const last = this.#awaited.findLastIndex(({ isThere }) => isThere(data));
    for (const { step } of this.#awaited.slice(0, last + 1)) this.seen.push({ ...step, inHandMs: atMs });
    this.#awaited = this.#awaited.slice(last + 1);
  }
}
