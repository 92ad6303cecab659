// npm run bench:link [runs] [publisher,...] [scenario,...]: the box's uplink beside Chromium's and libwebrtc's over a bad link.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { whyUnavailable } from '../edge-box/src/engine/libwebrtc/wrtc.ts';
import { figuresOf, totalFrozenS } from '../test/link/metrics.ts';
import { PUBLISHERS, type PublisherName } from '../test/link/publishers/index.ts';
import type { Recording } from '../test/link/recording.ts';
import { record } from '../test/link/rig.ts';
import { SCENARIOS, scenarioFor } from '../test/link/scenarios.ts';
import { picture } from './link-picture.ts';
import { pictureName, scenarioTable, type LinkResults, type ScenarioResult } from './link-report.ts';
import { machine } from './machine.ts';
import { writePage } from './write-page.ts';

const RESULTS = path.resolve(import.meta.dirname, '../docs/bench-results');
const RAW = path.join(RESULTS, 'link.json');
/** A publisher that does not come up, or a browser that dies, is tried again; a machine can be that busy. */
const ATTEMPTS = 3;

const list = (names: string | undefined, usual: string[]) => names?.split(',').filter(Boolean) ?? usual;
const noLibwebrtc = whyUnavailable();
if (noLibwebrtc) console.error(`Without libwebrtc: ${noLibwebrtc}`);
const usual = Object.keys(PUBLISHERS).filter((name) => name !== 'libwebrtc' || !noLibwebrtc);
const runs = Number(process.argv[2] ?? 5);
const publishers = list(process.argv[3], usual) as PublisherName[];
const scenarios = list(process.argv[4], ['loopback', 'reference']);
const unknown = [
  ...publishers.filter((name) => !(name in PUBLISHERS)),
  ...scenarios.filter((name) => !SCENARIOS.includes(name)),
];
if (!Number.isInteger(runs) || runs < 1 || unknown.length > 0) {
  console.error(`npm run bench:link [runs] [publisher,...] [scenario,...]; unknown: ${unknown.join(', ') || process.argv[2]}
Publishers: ${Object.keys(PUBLISHERS).join(', ')}. Scenarios: ${SCENARIOS.join(', ')}.`);
  process.exit(1);
}

/** One at a time, so that they do not share the cores, and by turns, so that a busy minute hits all. */
async function measure(name: string): Promise<ScenarioResult> {
  const recordings = new Map<PublisherName, Recording[]>(publishers.map((publisher) => [publisher, []]));
  for (let seed = 1; seed <= runs; seed++) {
    for (const publisher of publishers) {
      console.log(`${name}, run ${seed} of ${runs}, ${publisher} …`);
      recordings.get(publisher)!.push(await attempt(publisher, name, seed));
    }
  }
  const shown = publishers.map((publisher) => {
    const recording = middle(recordings.get(publisher)!, name);
    return { recording, scenario: scenarioFor(name, recording.seed) };
  });
  await writeFile(path.join(RESULTS, pictureName(name)), picture(shown));
  const figures = (recording: Recording) => ({
    seed: recording.seed,
    figures: figuresOf(recording, scenarioFor(name, recording.seed)),
  });
  return {
    machine: machine(),
    source: scenarioFor(name, 1).source,
    runs: Object.fromEntries(
      publishers.map((publisher) => [publisher, recordings.get(publisher)!.map(figures)]),
    ),
  };
}

async function attempt(publisher: PublisherName, name: string, seed: number): Promise<Recording> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await record(publisher, scenarioFor(name, seed), seed);
    } catch (error) {
      if (left === 0) throw error;
      console.error(`  again, because of: ${String(error)}`);
    }
  }
}

/** The run whose frozen time is the median, to be shown. */
function middle(recordings: Recording[], name: string): Recording {
  const frozen = (recording: Recording) => totalFrozenS(recording, scenarioFor(name, recording.seed));
  return [...recordings].sort((a, b) => frozen(a) - frozen(b))[(recordings.length - 1) >> 1]!;
}

await mkdir(RESULTS, { recursive: true });
const results: LinkResults = await readFile(RAW, 'utf8').then(JSON.parse, () => ({}));
for (const name of scenarios) {
  const result = await measure(name);
  results[name] = result;
  await writeFile(RAW, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${name}: ${result.source}\n\n${scenarioTable(result)}\n`);
}
await writePage();
console.log('Written: docs/benchmarks.md, docs/bench-results/link.json and link*.svg');
process.exit(0);
