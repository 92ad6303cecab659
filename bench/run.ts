// npm run bench [signalling outage join age carriers six wait clinic-live clinic-lists]: measures, writes docs/bench-results/latest.json and docs/benchmarks.md.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HubProcess } from '../test/support/hub-process.ts';
import { measureAge } from './age.ts';
import { measureCarriers } from './carriers.ts';
import { measureClinicLists } from './clinic/lists.ts';
import { measureClinicLive } from './clinic/live.ts';
import { missedGoals } from './clinic/report.ts';
import { measureJoin } from './join.ts';
import { machine } from './machine.ts';
import { measureOutage } from './outage.ts';
import { measureQueueWait } from './queue-wait.ts';
import type { Results } from './report.ts';
import { measureSignalling } from './signalling.ts';
import { measureSixMegabit } from './six-megabit.ts';
import { RAW, readJson, writePage } from './write-page.ts';

const withHub = async <T>(measure: (hub: HubProcess) => Promise<T>): Promise<T> => {
  const hub = await HubProcess.start();
  try {
    return await measure(hub);
  } finally {
    await hub.stop();
  }
};

/** Null where this machine cannot measure it: what was measured before stays. */
const BENCHES: { [B in keyof Results]?: () => Promise<Results[B] | null> } = {
  signalling: () => measureSignalling(),
  outage: () => measureOutage(),
  join: () => withHub(measureJoin),
  age: () => withHub(measureAge),
  carriers: () => measureCarriers(),
  six: () => measureSixMegabit(),
  wait: () => measureQueueWait(),
  'clinic-live': () => measureClinicLive(),
  'clinic-lists': () => measureClinicLists(),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No such bench: ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(1);
}

const before = (await readJson(RAW)) ?? {};
const results: Results = { ...before, machine: machine() };
const measured: Partial<Results> = {};
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`${name} …`);
  const result = await bench();
  if (result !== null) Object.assign(measured, { [name]: result });
}
Object.assign(results, measured);
await mkdir(path.dirname(RAW), { recursive: true });
await writeFile(RAW, `${JSON.stringify(results, null, 2)}\n`);
await writePage();
console.log('Written: docs/benchmarks.md, docs/bench-results/latest.json');
const missed = missedGoals(measured);
for (const goal of missed) console.error(goal);
process.exit(missed.length > 0 ? 1 : 0);
