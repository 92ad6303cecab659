// A whole hub at the end of the carriers, which tells its parent what of a box's records its database has.
import { asc } from 'drizzle-orm';
import pino from 'pino';
import { runHub } from '../../src/main.ts';
import type { CaptureKey } from '../../src/lib/records/index.ts';
import { readVitals } from '../../src/lib/records/vitals-body.ts';
import { readSettings } from '../../src/lib/settings.ts';
import { boxRecord } from '../../src/lib/storage/index.ts';
import { ensureCertificate } from '../../src/lib/tls/index.ts';
import { HUB_IP } from './carriers.ts';

export type FromHub =
  | { type: 'ready'; url: string; enrolCode: string }
  | { type: 'records'; records: RecordAtHub[]; late: LateAtHub }
  | { type: 'capture'; base64: string };

/** One row of the database. */
export interface RecordAtHub {
  number: number;
  kind: string;
  takenAtMs: number | null;
  receivedAtMs: number;
  /** Of vitals: signal, number and true time of each message. */
  messages: { code: number; sequence: number; atMs: number }[];
}

/** What the room's record says of what came late, and of pictures and films. */
export interface LateAtHub {
  spans: { fromMs: number; untilMs: number }[];
  captures: CaptureAtHub[];
}

export interface CaptureAtHub {
  number: number;
  mediaType: string;
  label: string;
  takenAtMs: number;
  complete: boolean;
  isLate: boolean;
  key: CaptureKey;
}

/** What the parent asks for: the bytes of this, otherwise what there is. */
export type ToHub = CaptureKey | '';

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
      captures: (room?.captures ?? []).map((capture) => {
        const { boxId, outboxId, number, mediaType, label, takenAtMs, complete, lateByMs } = capture;
        const key = { boxId, outboxId, number };
        return { key, number, mediaType, label, takenAtMs, complete, isLate: lateByMs !== null };
      }),
    },
  };
}

async function bytesOf(key: CaptureKey): Promise<FromHub> {
  const { bytes } = await hub.records.captureOf(roomId, key);
  return { type: 'capture', base64: bytes.toString('base64') };
}

process.on(
  'message',
  (asked: ToHub) => void (asked === '' ? records() : bytesOf(asked)).then((told) => process.send?.(told)),
);
// However the parent went: the database's server must not outlive it.
process.on('disconnect', () => void stop().then(() => process.exit(0)));
process.send?.({
  type: 'ready',
  url: url.replace('localhost', HUB_IP),
  enrolCode,
} satisfies FromHub);
