import { parentPort, workerData } from 'node:worker_threads';
import { deflateRawSync } from 'node:zlib';
import { BoxClock } from '../clock.ts';
import { fetchFrom } from '../uplink/source-address.ts';
import { sendTo } from './hub-records.ts';
import type { Stamp } from './records-table.ts';
import { OutboxStore, type NewRecord } from './store.ts';
import { Uploader } from './uploader.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

/** The outbox in a thread of its own: a slow disk must not hold up the packets of the pictures. */
const STATS_MS = 1_000;

const start = workerData as WorkerStart;
const clock = new BoxClock(start.clock);
const tokens = new Map<number, { resolve: (token: string) => void; reject: (error: Error) => void }>();
let { where } = start;
// The second one waits until it is told that there is room.
let budgetKbps = start.isSecond ? 0 : Infinity;
let asked = 0;

const say = (message: FromWorker): void => parentPort?.postMessage(message);
const stamp = (): Stamp => ({ boxAtMs: clock.nowMs(), ...where });

const store = new OutboxStore({
  folder: start.folder,
  limitBytes: start.limitBytes,
  minFreeBytes: start.minFreeBytes,
  stamp,
});
const uploader = new Uploader({
  store,
  token: (fresh) =>
    new Promise((resolve, reject) => {
      tokens.set(++asked, { resolve, reject });
      say({ type: 'wantToken', id: asked, fresh });
    }),
  send: sendTo(start.hubUrl, () => budgetKbps),
  mayUseKbps: () => budgetKbps,
  log: (level, message, fields = {}) => say({ type: 'log', level, message, fields }),
});

function keep(record: NewRecord): number | null {
  const number = store.append(
    record.kind === 'vitals' ? { ...record, body: deflateRawSync(record.body) } : record,
  );
  uploader.appended();
  return number;
}

function tellStats(): void {
  say({
    type: 'stats',
    stats: { ...store.stats(), upload: uploader.state, uploadProblem: uploader.problem },
  });
}

async function close(): Promise<void> {
  clearInterval(timer);
  await uploader.stop();
  store.close();
  say({ type: 'closed' });
  parentPort?.close();
}

parentPort?.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'append':
      say({ type: 'kept', id: message.id, number: keep(message.record) });
      break;
    case 'capture': {
      const number = store.appendCapture(message.stamp, message.meta, message.bytes);
      uploader.appended();
      // First, so that whoever hears that it is kept can say how much waits.
      tellStats();
      say({ type: 'kept', id: message.id, number });
      break;
    }
    case 'reportLosses':
      store.reportLosses(message);
      break;
    case 'where':
      ({ where } = message);
      break;
    case 'budget':
      budgetKbps = message.kbps;
      break;
    case 'leaveFrom':
      fetchFrom(message.address);
      break;
    case 'token':
      tokens.get(message.id)?.resolve(message.token);
      tokens.delete(message.id);
      break;
    case 'noToken': {
      const error = new Error(message.reason);
      error.name = message.name;
      tokens.get(message.id)?.reject(error);
      tokens.delete(message.id);
      break;
    }
    case 'close':
      void close();
      break;
  }
});

if (!start.isSecond) {
  keep({
    kind: 'event',
    stamp: { ...stamp(), boxAtMs: start.startedAtMs },
    data: { type: 'agent.started', version: start.version, clean: store.clean },
  });
}
uploader.start();
const timer = setInterval(tellStats, STATS_MS);
tellStats();
