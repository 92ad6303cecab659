import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { decodeBatch, type RecordBatch } from '../../../../src/lib/signaling/contract/index.ts';
import { type OutboxStore, type StoreStep } from '../store.ts';
import { Uploader, type UploadStep } from '../uploader.ts';
import { openStore, stampAt } from './outbox-folder.ts';

/** The process dies here. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface Arrived {
  number: number;
  json: string;
  body: Uint8Array;
}

/** The other side: takes each number once, or fails for once. */
export interface Hub {
  accept(batch: RecordBatch): Promise<{ outboxId: string; through: number }>;
  arrived(): Promise<Arrived[]>;
}

type Step = StoreStep | UploadStep | 'hub.asked' | 'hub.answered';

export interface CrashReport {
  crashes: Record<string, number>;
  /** Contents whose keeping was confirmed, and those of which a crash left it open. */
  kept: Set<string>;
  open: Set<string>;
  refused: number;
  /** Refusals of which a crash left open whether they were counted. */
  refusedOpen: number;
  tornWrites: number;
}

/** Numbers from 0 up to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LIMIT_BYTES = 160 * 1024;
/** Far in the box's future: every loss may be told at once. */
const ALL_ENDED = { endedBeforeMs: 1e13 };

/**
 * One box that lives through so many deaths of its process. At a death the files are copied as they are (with the last
 * write torn off somewhere, as a power cut may do), and the next life has only that copy.
 */
export class CrashWorld {
  readonly report: CrashReport = {
    ...{ crashes: {}, kept: new Set(), open: new Set(), refused: 0, refusedOpen: 0, tornWrites: 0 },
  };
  readonly #random: () => number;
  readonly #hub: Hub;
  readonly #base: string;
  /** Makes of a content the body of a vitals record. */
  readonly #wrap: (content: Buffer) => Uint8Array;
  #life = 0;
  #contents = 0;
  #stepsLeft = 0;
  #walBytesBefore = 0;
  #hubAway = false;

  constructor(options: { seed: number; base: string; hub: Hub; wrap?: (content: Buffer) => Uint8Array }) {
    this.#random = seeded(options.seed);
    this.#hub = options.hub;
    this.#base = options.base;
    this.#wrap = options.wrap ?? ((content) => content);
  }

  async dieTimes(times: number): Promise<void> {
    for (let i = 0; i < times; i++) await this.#live(1 + Math.floor(this.#random() * 60));
  }

  /** A last life without a death, in which everything gets through. */
  async drain(): Promise<void> {
    this.#stepsLeft = Infinity;
    this.#hubAway = false;
    const { store, uploader } = this.#open();
    store.reportLosses(ALL_ENDED);
    for (let i = 0; store.stats().waiting > 0; i++) {
      if (i > 1000) throw new Error(`does not drain: ${uploader.state} ${uploader.problem}`);
      await uploader.round();
    }
    store.close();
  }

  async #live(steps: number): Promise<void> {
    this.#stepsLeft = steps;
    // For several lives, so that the outbox fills up.
    if (this.#random() < 0.1) this.#hubAway = !this.#hubAway;
    let opened: { store: OutboxStore; uploader: Uploader } | null = null;
    const before = this.#folder();
    try {
      opened = this.#open();
      for (;;) await this.#act(opened);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    } finally {
      opened?.store.close();
      rmSync(before, { recursive: true, force: true });
    }
  }

  async #act({ store, uploader }: { store: OutboxStore; uploader: Uploader }): Promise<void> {
    const dice = this.#random();
    if (dice < 0.35) await uploader.round();
    else if (dice < 0.4) store.reportLosses(ALL_ENDED);
    else if (dice < 0.5) store.append({ kind: 'event', stamp: stampAt(0), data: { type: 'path.restored' } });
    else if (dice < 0.62) {
      // Only what carries none of the counted contents.
      const waiting = store.waiting({ maxBytes: 1e6, maxRecords: 20 });
      const event = waiting.find(({ json }) => json.includes('path.restored'));
      if (event) store.setAside(event.number, 'refused');
    } else this.#append(store);
  }

  #append(store: OutboxStore): void {
    const content = `content-${++this.#contents}.`;
    const body = this.#wrap(Buffer.from(content.repeat(1 + Math.floor(this.#random() * 110))));
    this.report.open.add(content);
    this.report.refusedOpen++;
    const number = store.append({
      kind: 'vitals',
      stamp: stampAt(this.#contents),
      data: { durationMs: 1 },
      body,
    });
    // From here on the device has been told.
    this.report.open.delete(content);
    this.report.refusedOpen--;
    if (number !== null) this.report.kept.add(content);
    else this.report.refused++;
  }

  #open(): { store: OutboxStore; uploader: Uploader } {
    const step = (name: Step): void => this.#step(name);
    const folder = this.#folder();
    mkdirSync(folder, { recursive: true });
    const store = openStore(folder, { limitBytes: LIMIT_BYTES, step });
    const uploader = new Uploader({
      store,
      token: () => Promise.resolve('token'),
      mayUseKbps: () => Infinity,
      log: () => undefined,
      step,
      send: async (bytes) => {
        if (this.#hubAway) return { kind: 'away', reason: 'away' };
        step('hub.asked');
        try {
          const answer = await this.#hub.accept(decodeBatch(bytes));
          step('hub.answered');
          return { kind: 'acknowledged', ...answer };
        } catch (error) {
          if (error instanceof Crash || !/the hub died/.test(String(error))) throw error;
          return { kind: 'away', reason: 'the hub died' };
        }
      },
    });
    return { store, uploader };
  }

  #step(name: Step): void {
    if (name.endsWith('.begun')) this.#walBytesBefore = this.#walBytes();
    if (--this.#stepsLeft > 0) return;
    this.report.crashes[name] = (this.report.crashes[name] ?? 0) + 1;
    this.#copyForNextLife(name);
    // A process that is dead does not close its files in order either.
    this.#stepsLeft = Infinity;
    throw new Crash(name);
  }

  #copyForNextLife(name: Step): void {
    const from = this.#folder();
    const walBytes = this.#walBytes();
    this.#life++;
    mkdirSync(this.#folder());
    for (const file of ['outbox.db', 'outbox.db-wal', 'outbox.key']) {
      if (existsSync(path.join(from, file))) {
        copyFileSync(path.join(from, file), path.join(this.#folder(), file));
      }
    }
    // Nobody has been told of this write yet: of it, any part may be on the disk.
    const isTold = !name.endsWith('.committed');
    if (isTold || walBytes <= this.#walBytesBefore || this.#random() < 0.2) return;
    const torn = this.#walBytesBefore + Math.floor(this.#random() * (walBytes - this.#walBytesBefore));
    truncateSync(path.join(this.#folder(), 'outbox.db-wal'), torn);
    this.report.tornWrites++;
  }

  #walBytes(): number {
    const file = path.join(this.#folder(), 'outbox.db-wal');
    return existsSync(file) ? statSync(file).size : 0;
  }

  #folder(): string {
    return path.join(this.#base, `life-${this.#life}`);
  }
}

/** What is wrong with what arrived: empty when nothing was lost, doubled or changed. */
export function faultsIn(arrived: readonly Arrived[], report: CrashReport): string[] {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  let toldLosses = 0;
  arrived.forEach(({ number, json, body }, i) => {
    if (number !== i + 1) faults.push(`number ${number} in place ${i + 1}`);
    const said = JSON.parse(json) as {
      number: number;
      kind: string;
      data: { type?: string; count?: number };
    };
    if (said.number !== number) faults.push(`${number} says it is ${said.number}`);
    if (said.data.type === 'outbox.lost') toldLosses += said.data.count ?? 0;
    if (said.kind !== 'vitals') return;
    const text = Buffer.from(body).toString();
    const content = text.slice(0, text.indexOf('.') + 1);
    if (text !== content.repeat(text.length / content.length)) faults.push(`${number} is changed`);
    counts.set(content, (counts.get(content) ?? 0) + 1);
  });
  for (const [content, count] of counts) {
    if (count > 1) faults.push(`${content} came ${count} times`);
    if (!report.kept.has(content) && !report.open.has(content)) faults.push(`${content} was never kept`);
  }
  for (const content of report.kept) if (!counts.has(content)) faults.push(`${content} is lost`);
  if (toldLosses < report.refused || toldLosses > report.refused + report.refusedOpen) {
    faults.push(`${toldLosses} losses told, ${report.refused} refused`);
  }
  return faults;
}
