import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { decodeBatch, type RecordBatch } from '../../../src/lib/signaling/contract/index.ts';
import { BoxClock } from '../clock.ts';
import type { EngineStats, VideoFeedConfig } from '../engine/engine.ts';
import type { BoxEnrolment } from '../enrolment/enrolment.ts';
import type { BoxSettings } from '../settings.ts';
import { openOutbox } from './open-outbox.ts';

const PATIENCE = { timeout: 15_000 };

it('keeps films apart, so that nothing waits behind them, and sends them when there is room', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rui-outbox-'));
  const batches: RecordBatch[] = [];
  const hub = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const batch = decodeBatch(Buffer.concat(chunks));
      batches.push(batch);
      const through = batch.records.at(-1)!.record.number;
      response.end(JSON.stringify({ outboxId: batch.outboxId, through }));
    })();
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    hub.closeAllConnections();
    hub.close();
    rmSync(folder, { recursive: true });
  });
  // All of the link is used up by a picture that could use more.
  const feed = { slot: 'probe', maxBitrateKbps: 4_000 } as VideoFeedConfig;
  let stats = {
    ...{ state: 'connected', estimateKbps: 1_000 },
    video: [{ slot: 'probe', targetKbps: 1_000, held: false }],
  } as unknown as EngineStats;
  const clock = new BoxClock();
  const box = openOutbox({
    settings: {
      ...{ BOX_DATA_DIR: folder, BOX_OUTBOX: 'on', BOX_OUTBOX_LIMIT_MB: 64, BOX_OUTBOX_MIN_FREE_MB: 0 },
      HUB_URL: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
    } as BoxSettings,
    version: '1.2.3',
    clock,
    feeds: () => [feed],
    enrolment: { state: 'enrolled', token: () => Promise.resolve({ token: 'x' }) } as unknown as BoxEnrolment,
    engine: { stats: () => stats },
    log: () => undefined,
  });
  const filmFolder = path.join(folder, 'outbox-films');
  box!.recorder.enteredRoom('room_1');
  expect(existsSync(filmFolder)).toBe(false);
  const takenAtMs = clock.nowMs() - 9_000;
  expect(
    await box!.recorder.capture({ mediaType: 'video/mp4', label: '' }, randomBytes(300_000), takenAtMs),
  ).not.toBeNull();
  expect(existsSync(filmFolder)).toBe(true);
  await box!.recorder.capture({ mediaType: 'image/jpeg', label: '' }, randomBytes(500));

  const captures = () =>
    batches.flatMap(({ outboxId, records }) =>
      records.flatMap(({ record }) => (record.kind === 'capture' ? [{ outboxId, ...record }] : [])),
    );
  await vi.waitFor(
    () => expect(captures().map(({ data }) => data.mediaType)).toEqual(['image/jpeg']),
    PATIENCE,
  );
  // The room is over.
  stats = { ...stats, state: 'idle' };
  await vi.waitFor(() => expect(captures().length).toBe(2), PATIENCE);
  const [still, film] = captures();
  expect(film).toMatchObject({ boxAtMs: takenAtMs, roomId: 'room_1' });
  expect(film?.outboxId).not.toBe(still?.outboxId);
  const starts = batches.flatMap(({ records }) =>
    records.filter(({ record }) => record.kind === 'event' && record.data.type === 'agent.started'),
  );
  expect(starts.length).toBe(1);
  await box!.close('test');
}, 40_000);
