import { carrierOf } from '../engine/carrier.ts';
import type { BoxReport } from '../../../src/lib/signaling/contract/index.ts';
import type { Engine, VideoFeedStats } from '../engine/engine.ts';
import type { ConfigStore } from './config-store.ts';
import type { MachineHealth } from './machine-health.ts';
import type { Modem } from './modem.ts';

type Outbox = NonNullable<BoxReport['outbox']>;

export interface ReporterParts {
  version: string;
  machine: MachineHealth;
  modem: Modem;
  engine: Engine;
  store: ConfigStore;
  /** Hub time; null until it is known. */
  hubNowMs(): number | null;
  outbox(): Outbox | null;
  update(): BoxReport['update'];
}

/** A restart or a loss is told for so long after it happened. */
const REMEMBER_MS = 5 * 60_000;

/** Puts together how the box is. */
export class Reporter {
  readonly #parts: ReporterParts;
  #before = { atMs: performance.now(), frames: new Map<string, number>(), packets: 0, nacked: 0 };
  readonly #restarts = new Rising();
  readonly #losses = new Rising();

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  async collect(): Promise<BoxReport> {
    const { engine, machine, modem, store, version } = this.#parts;
    const nowMs = performance.now();
    const stats = engine.stats();
    const outbox = this.#parts.outbox();
    const restarts = sum(stats.video, 'restarts');
    const troubled = {
      feed_restarting: this.#restarts.roseLately(restarts, nowMs),
      outbox_losing: this.#losses.roseLately(outbox?.lost ?? 0, nowMs),
      device_missing: stats.devices?.some(({ source }) => source === 'device-missing') ?? false,
    };
    const lossPercent = this.#lossPercent(stats.video);
    const feeds = this.#feeds(stats.video, nowMs);
    return {
      appVersion: version,
      uptimeS: Math.floor(process.uptime()),
      ...(await machine.sample()),
      clockOffsetMs: this.#clockOffsetMs(),
      serving: stats.state !== 'idle',
      feeds,
      link: {
        state: stats.state,
        estimateKbps: stats.estimateKbps,
        rttMs: stats.rttMs,
        lossPercent,
        path: carrierOf(stats),
      },
      modem: await modem.read(nowMs),
      outbox,
      config: { ...store.status, own: store.running.version === 0 ? store.running.document : null },
      update: this.#parts.update(),
      problems: (Object.keys(troubled) as (keyof typeof troubled)[]).filter((name) => troubled[name]),
    };
  }

  /** Of what was sent since the last report, what the other side asked for again; null when nothing was sent. */
  #lossPercent(video: VideoFeedStats[]): number | null {
    const packets = sum(video, 'packets') - this.#before.packets;
    const nacked = sum(video, 'nacked') - this.#before.nacked;
    if (packets <= 0 || nacked < 0) return null;
    return Math.min(100, Math.round((nacked / packets) * 1000) / 10);
  }

  #feeds(video: VideoFeedStats[], nowMs: number): BoxReport['feeds'] {
    const seconds = (nowMs - this.#before.atMs) / 1000;
    const feeds = video.map(({ slot, frames, targetKbps, restarts }) => {
      const more = frames - (this.#before.frames.get(slot) ?? 0);
      // Fewer than before: another engine has begun to count.
      const framesPerSecond = seconds > 0 ? Math.max(0, more) / seconds : 0;
      return {
        slot,
        framesPerSecond: Math.min(1000, Math.round(framesPerSecond * 10) / 10),
        targetKbps,
        restarts,
      };
    });
    this.#before = {
      atMs: nowMs,
      frames: new Map(video.map(({ slot, frames }) => [slot, frames])),
      packets: sum(video, 'packets'),
      nacked: sum(video, 'nacked'),
    };
    return feeds;
  }

  #clockOffsetMs(): number | null {
    const hubNowMs = this.#parts.hubNowMs();
    return hubNowMs === null ? null : Math.round(Date.now() - hubNowMs);
  }
}

const sum = (video: VideoFeedStats[], name: 'packets' | 'nacked' | 'restarts'): number =>
  video.reduce((total, feed) => total + feed[name], 0);

/** A count that only grows, until what counts is started anew. */
class Rising {
  #count = 0;
  #roseAtMs = -Infinity;

  roseLately(count: number, nowMs: number): boolean {
    if (count > this.#count) this.#roseAtMs = nowMs;
    this.#count = count;
    return nowMs - this.#roseAtMs < REMEMBER_MS;
  }
}
