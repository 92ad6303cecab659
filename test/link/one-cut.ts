import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Carriers, type Carrier } from './carriers.ts';
import {
  saidBy,
  startBox,
  startHub,
  STARTS_WITHIN_MS,
  untilAtHub,
  vitalsOf,
} from './processes-on-carriers.ts';

/** By the routes that the carriers have here. */
const SIGNALLING: Carrier = 'telecom';
const SOME_RECORDS = 3;

/** What became of a box whose one carrier was silent for a while. */
export interface OneCut {
  /** From the cut until what was measured after it was at the hub. */
  answeredAfterMs: number | null;
  /** Of what was measured in the second half of the silence, and was at the hub before its end. */
  recordsInTime: number;
  /** How often media had to be built anew, and the box was out of its room. */
  pathsLost: number;
  roomsLeft: number;
}

/** The real box and the real hub; the carrier that signalling goes by is silent for `silentMs`, and nobody is told. */
export async function cutOne(silentMs: number): Promise<OneCut> {
  await using stack = new AsyncDisposableStack();
  const carriers = await Carriers.open();
  stack.defer(() => carriers.close());
  const { hub, ready, dataDir } = await startHub(carriers, stack);
  const box = await startBox(carriers, stack, ready, path.join(dataDir, 'tls', 'cert.pem'));
  await untilAtHub(
    hub,
    STARTS_WITHIN_MS,
    'vitals of a box that streams',
    ({ records }) => vitalsOf(records).length >= SOME_RECORDS && saidBy(box).includes('"streaming"'),
  );
  const before = saidBy(box).length;
  await carriers.cut(SIGNALLING);
  const cutAtMs = Date.now();
  await sleep(silentMs);
  const { records } = await untilAtHub(hub, STARTS_WITHIN_MS, 'an answer', () => true);
  const endMs = Date.now();
  const after = vitalsOf(records).filter(({ takenAtMs }) => takenAtMs !== null && takenAtMs > cutAtMs);
  const said = saidBy(box).slice(before);
  const times = (text: string): number => said.split(text).length - 1;
  return {
    answeredAfterMs:
      after.length === 0 ? null : Math.min(...after.map(({ receivedAtMs }) => receivedAtMs)) - cutAtMs,
    recordsInTime: after.filter(
      ({ takenAtMs, receivedAtMs }) => takenAtMs! > cutAtMs + silentMs / 2 && receivedAtMs < endMs,
    ).length,
    pathsLost: times('path to the hub lost'),
    roomsLeft: times('out of the room'),
  };
}
