import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decodeBatch, type RecordBatch } from '../../../src/lib/signaling/contract/index.ts';
import { CrashWorld, faultsIn, seeded, type Arrived, type Hub } from './testing/crash-world.ts';
import { openStore, temporaryFolder } from './testing/outbox-folder.ts';

const SEED = Number(process.env['OUTBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Of a real process. */
const LIVES = 5;
const CRASHES = Number(process.env['OUTBOX_CRASHES'] ?? 1000);

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder('fast')));
afterEach(() => remove());

/** What the hub promises (src/lib/records/ingest.ts), in memory. */
class ModelHub implements Hub {
  #outboxId: string | null = null;
  readonly #records: Arrived[] = [];

  accept({ outboxId, gapFrom, records }: RecordBatch): Promise<{ outboxId: string; through: number }> {
    this.#outboxId ??= outboxId;
    expect(outboxId).toBe(this.#outboxId);
    expect(gapFrom).toBeNull();
    for (const { record, json, body } of records) {
      const known = this.#records[record.number - 1];
      // As the hub: a void may stand for what is here whole.
      if (known && record.kind === 'void') continue;
      if (known) expect({ json, body: [...body] }).toEqual({ json: known.json, body: [...known.body] });
      else if (record.number === this.#records.length + 1) {
        this.#records.push({ number: record.number, json, body: body.slice() });
      } else throw new Error(`a gap before ${record.number}`);
    }
    return Promise.resolve({ outboxId, through: this.#records.length });
  }

  arrived(): Promise<Arrived[]> {
    return Promise.resolve(this.#records);
  }
}

it(`loses nothing and doubles nothing over ${CRASHES} deaths at every step (OUTBOX_SEED=${SEED})`, async () => {
  const hub = new ModelHub();
  const world = new CrashWorld({ seed: SEED, base: folder, hub });
  await world.dieTimes(CRASHES);
  await world.drain();
  const { report } = world;
  expect(faultsIn(await hub.arrived(), report)).toEqual([]);
  const { crashes } = report;
  expect(Object.values(crashes).reduce((sum, count) => sum + count)).toBe(CRASHES);
  for (const step of ['begun', 'done', 'committed']) {
    for (const act of ['write', 'ack', 'void']) expect(crashes, act).toHaveProperty([`${act}.${step}`]);
  }
  for (const step of ['upload.built', 'hub.asked', 'hub.answered', 'upload.answered']) {
    expect(crashes).toHaveProperty([step]);
  }
  expect(report.tornWrites).toBeGreaterThan(0);
  expect(report.refused).toBeGreaterThan(0);
  expect(report.kept.size).toBeGreaterThan(CRASHES);
}, 120_000);

it(`loses nothing and doubles nothing when a real process is killed with SIGKILL (OUTBOX_SEED=${SEED})`, async () => {
  const hub = new ModelHub();
  const { server, url } = await serve(hub);
  const random = seeded(SEED);
  const kept = new Set<string>();
  try {
    for (let life = 0; life < LIVES; life++) {
      const child = start(folder, url, life);
      const lines = createInterface({ input: child.stdout! });
      let killAfter = 1 + Math.floor(random() * 150);
      const exited = once(child, 'exit');
      for await (const line of lines) {
        kept.add(line);
        if (--killAfter === 0) child.kill('SIGKILL');
      }
      expect((await exited)[1]).toBe('SIGKILL');
    }
    const store = openStore(folder);
    for (;;) {
      const records = store.waiting({ maxBytes: 200_000, maxRecords: 200 });
      if (records.length === 0) break;
      const decoded = records.map(({ number, json, body }) => ({ record: { number }, json, body }));
      const batch = { outboxId: store.outboxId!, gapFrom: null, records: decoded } as unknown as RecordBatch;
      store.acknowledge((await hub.accept(batch)).through);
    }
    store.close();
    const arrived = await hub.arrived();
    expect(kept.size).toBeGreaterThan(LIVES);
    // One record at most of each life was kept without that its keeping was told.
    const report = { kept, open: new Set<string>(), refused: 0, refusedOpen: 0, crashes: {}, tornWrites: 0 };
    const faults = faultsIn(arrived, report);
    expect(faults.filter((fault) => !fault.includes('was never kept'))).toEqual([]);
    expect(faults.length).toBeLessThanOrEqual(LIVES);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}, 60_000);

async function serve(hub: Hub): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(JSON.stringify(await hub.accept(decodeBatch(Buffer.concat(chunks)))));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function start(outboxFolder: string, hubUrl: string, life: number): ChildProcess {
  const script = new URL('./testing/outbox-process.ts', import.meta.url).pathname;
  return spawn(process.execPath, [script, outboxFolder, hubUrl, String(life)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
