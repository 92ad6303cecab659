import { deflateRawSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureBytesInDatabase } from '../../../src/lib/records/capture-bytes.ts';
import { RecordIngest } from '../../../src/lib/records/ingest.ts';
import { readVitals } from '../../../src/lib/records/vitals-body.ts';
import { box, boxRecord, institution } from '../../../src/lib/storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../../../src/lib/storage/testing/test-database.ts';
import { packVitals } from '../../../src/lib/vitals/chunk.ts';
import { encodeVitalsFrame, MDC, MDC_UNIT } from '../../../src/lib/vitals/frame.ts';
import { CrashWorld, faultsIn, seeded, type Hub } from './testing/crash-world.ts';
import { temporaryFolder } from './testing/outbox-folder.ts';

const SEED = Number(process.env['OUTBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CRASHES = 60;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.db.insert(institution).values({ id: 'inst', name: '县医院' });
  await database.db.insert(box).values({ id: 'box-1', name: 'box', institutionId: 'inst' });
});
afterAll(() => database.stop());

it(`the hub's own code and PostgreSQL take each record once over ${CRASHES} deaths of the box, and some of the hub (OUTBOX_SEED=${SEED})`, async () => {
  const { folder, remove } = temporaryFolder('fast');
  const random = seeded(SEED + 1);
  let hubDeaths = 0;
  const ingest = new RecordIngest({
    db: database.db,
    captures: new CaptureBytesInDatabase(database.db),
    step: () => {
      if (random() > 0.1) return;
      hubDeaths++;
      throw new Error('the hub died');
    },
  });
  const hub: Hub = {
    accept: (batch) => ingest.accept('box-1', batch),
    arrived: async () => {
      const rows = await database.db
        .select()
        .from(boxRecord)
        .where(eq(boxRecord.boxId, 'box-1'))
        .orderBy(boxRecord.number);
      return rows.map(({ number, kind, data, body }) => {
        const frame = body && readVitals(body)[0];
        const content = frame ? Buffer.from(Uint8Array.from(frame.samples)) : Buffer.alloc(0);
        return { number, json: JSON.stringify({ number, kind, data }), body: content };
      });
    },
  };
  const world = new CrashWorld({ seed: SEED, base: folder, hub, wrap: asVitals });
  await world.dieTimes(CRASHES);
  await world.drain();
  remove();
  expect(faultsIn(await hub.arrived(), world.report)).toEqual([]);
  expect(hubDeaths).toBeGreaterThan(0);
}, 60_000);

/** The content as the samples of a frame. */
function asVitals(content: Buffer): Uint8Array {
  const frame = encodeVitalsFrame({
    ...{
      code: MDC.ecgLeadII,
      unit: MDC_UNIT.millivolt,
      startHubMs: 0,
      sampleRateHz: 500,
      scale: 1,
      offset: 0,
    },
    ...{ quality: 'ok', simulated: true, sequence: 0, samples: Int16Array.from(content) },
  });
  return deflateRawSync(packVitals([frame]));
}
