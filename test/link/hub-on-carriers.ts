// A whole hub at the end of the carriers, which tells its parent what of a box's records its database has.
import { asc } from 'drizzle-orm';
import pino from 'pino';
import { runHub } from '../../src/main.ts';
import { readVitals } from '../../src/lib/records/vitals-body.ts';
import { readSettings } from '../../src/lib/settings.ts';
import { boxRecord } from '../../src/lib/storage/index.ts';
import { ensureCertificate } from '../../src/lib/tls/index.ts';
import { HUB_IP } from './carriers.ts';

export type FromHub =
  | { type: 'ready'; url: string; enrolCode: string }
  | { type: 'records'; records: RecordAtHub[]; late: LateAtHub };

/** One row of the database. */
export interface RecordAtHub {
  number: number;
  kind: string;
  takenAtMs: number | null;
  receivedAtMs: number;
  /** Of vitals: signal, number and true time of each message. */
  messages: { code: number; sequence: number; atMs: number }[];
}

/** What the room's record says of what came late. */
export interface LateAtHub {
  spans: { fromMs: number; untilMs: number }[];
  captures: { number: number; complete: boolean; isLate: boolean }[];
}

const settings = readSettings({ ...process.env, HOST: HUB_IP, DEMO_BOX: '0', MEDIA_WORKERS: '1' });
await ensureCertificate({ dataDir: settings.DATA_DIR!, hosts: [HUB_IP] });
const { hub, url, stop } = await runHub(settings, pino({ level: 'silent' }));
const { enrolCode, roomId } = hub.demo!;

async function records(): Promise<FromHub> {
  const rows = await hub.inside.db.select().from(boxRecord).orderBy(asc(boxRecord.number));
  const room = await hub.records.ofRoom(roomId);
  return {
    type: 'records',
    records: rows.map(({ number, kind, takenAt, receivedAt, body }) => ({
      ...{ number, kind, takenAtMs: takenAt?.getTime() ?? null, receivedAtMs: receivedAt.getTime() },
      messages:
        kind === 'vitals' && body
          ? readVitals(body).map(({ code, sequence, startHubMs }) => ({ code, sequence, atMs: startHubMs }))
          : [],
    })),
    late: {
      spans: (room?.spans ?? [])
        .filter(({ late }) => late)
        .map(({ fromMs, untilMs }) => ({ fromMs, untilMs })),
      captures: (room?.captures ?? []).map(({ number, complete, lateByMs }) => ({
        ...{ number, complete, isLate: lateByMs !== null },
      })),
    },
  };
}

process.on('message', () => void records().then((told) => process.send?.(told)));
// However the parent went: the database's server must not outlive it.
process.on('disconnect', () => void stop().then(() => process.exit(0)));
process.send?.({
  type: 'ready',
  url: url.replace('localhost', HUB_IP),
  enrolCode,
} satisfies FromHub);
