import { describe, expect, it } from 'vitest';
import { BoxClock } from '../clock.ts';
import { unpackVitals } from '../../../src/lib/vitals/chunk.ts';
import { encodeVitalsFrame, MDC, MDC_UNIT } from '../../../src/lib/vitals/frame.ts';
import { newClockRun, Recorder } from './recorder.ts';
import type { NewRecord } from './store.ts';
import type { Where } from './worker-messages.ts';

/** A clock that goes only when told. */
class HandClock extends BoxClock {
  atMs = 1_000_000;

  override nowMs(): number {
    return this.atMs;
  }
}

function newRecorder() {
  const clock = new HandClock();
  const records: NewRecord[] = [];
  const places: Where[] = [];
  const wall = { aheadMs: 0 };
  const losses: number[] = [];
  const recorder = new Recorder(
    {
      clock,
      wallNowMs: () => clock.atMs + wall.aheadMs,
      outbox: {
        append: (record) => Promise.resolve(records.push(record)),
        appendCapture: () => Promise.resolve(1),
        reportLosses: ({ endedBeforeMs }) => losses.push(endedBeforeMs),
        setWhere: (where) => places.push(where),
      },
    },
    newClockRun(),
  );
  return { clock, records, places, wall, losses, recorder };
}

const message = (sequence: number): Uint8Array =>
  encodeVitalsFrame({
    ...{ code: MDC.spo2, unit: MDC_UNIT.percent, startHubMs: 0, sampleRateHz: 0, scale: 0.1, offset: 0 },
    ...{ quality: 'ok', simulated: true, sequence, samples: Int16Array.of(970) },
  });
const brief = (records: NewRecord[]) =>
  records.map(({ kind, stamp, data }) => [
    kind,
    kind === 'vitals'
      ? (data as { durationMs: number }).durationMs
      : ((data as { type?: string; cause?: string }).type ?? (data as { cause: string }).cause),
    stamp.hubOffsetMs,
    stamp.roomId,
  ]);

describe('the recorder', () => {
  it('keeps every vitals message, in pieces of a second', () => {
    const { clock, records, recorder } = newRecorder();
    for (let i = 0; i < 55; i++) {
      recorder.vitals(message(i));
      clock.atMs += 100;
      recorder.tick();
    }
    recorder.vitals(message(55));
    void recorder.stop('done');
    const chunks = records.filter((record) => record.kind === 'vitals');
    expect(chunks.map(({ data }) => data.durationMs)).toEqual([1000, 1000, 1000, 1000, 1000, 500]);
    const sequences = chunks.flatMap(({ body }) => unpackVitals(body).map(({ sequence }) => sequence));
    expect(sequences).toEqual(Array.from({ length: 56 }, (_, i) => i));
    expect(records.at(-1)).toMatchObject({ kind: 'event', data: { type: 'agent.stopped', why: 'done' } });
  });

  it('begins a new piece when one grows too large', () => {
    const { records, recorder } = newRecorder();
    for (let i = 0; i < 2000; i++) recorder.vitals(message(i));
    expect(records.length).toBeGreaterThan(1);
    expect(records.every((record) => record.kind === 'vitals' && record.body.length < 48 * 1024)).toBe(true);
  });

  it('stamps all with the room, and with the hub’s clock once that is known, the correction first', () => {
    const { clock, records, places, recorder } = newRecorder();
    recorder.vitals(message(0));
    clock.setHubOffsetMs(5_000);
    recorder.enteredRoom('room-1');
    recorder.vitals(message(1));
    clock.setHubOffsetMs(5_004); // noise
    recorder.vitals(message(2));
    clock.setHubOffsetMs(7_000);
    recorder.vitals(message(3));
    recorder.leftRoom('ended');
    recorder.leftRoom('again');
    expect(brief(records)).toEqual([
      ['vitals', 0, null, null],
      ['clock', 'hub', 5_000, 'room-1'],
      ['event', 'room.entered', 5_000, 'room-1'],
      ['vitals', 0, 5_000, 'room-1'],
      ['clock', 'hub', 7_000, 'room-1'],
      ['vitals', 0, 7_000, 'room-1'],
      ['event', 'room.left', 7_000, 'room-1'],
    ]);
    expect(places.at(-1)).toMatchObject({ hubOffsetMs: 7_000, roomId: null });
  });

  it('notes a wall clock that jumps, forwards and back, and goes on by the monotonic one', () => {
    const { clock, records, wall, recorder } = newRecorder();
    const jump = (toMs: number): void => {
      wall.aheadMs = toMs;
      clock.atMs += 250;
      recorder.tick();
    };
    [0, 100, 3_600_000, 3_600_100, -86_400_000].forEach(jump);
    expect(records.map(({ data, stamp }) => [data, stamp.boxAtMs])).toEqual([
      [{ cause: 'wall', stepMs: 3_599_900 }, 1_000_750],
      [{ cause: 'wall', stepMs: -90_000_100 }, 1_001_250],
    ]);
  });

  it('tells each loss of the path and its return once', () => {
    const { records, recorder } = newRecorder();
    recorder.restoredPath();
    recorder.lostPath('silence\0'.repeat(100));
    recorder.lostPath('again');
    recorder.restoredPath();
    recorder.restoredPath();
    expect(brief(records).map(([, what]) => what)).toEqual(['path.lost', 'path.restored']);
    expect((records[0]?.data as { reason: string }).reason).toMatch(/^silencesilence.{186}$/);
  });

  it('has losses told when they have ended, and now and then while they go on', () => {
    const { clock, losses, recorder } = newRecorder();
    recorder.tick();
    expect(losses).toEqual([995_000]);
    clock.atMs += 61_000;
    recorder.tick();
    recorder.tick();
    expect(losses.slice(1)).toEqual([1_061_001, 1_056_000]);
  });
});
