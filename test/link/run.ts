// For tuning: `node test/link/run.ts --publisher native --runs 1 --scenario cap [--seed 1] [--no-trace] [--save file.json]`
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { figuresOf } from './metrics.ts';
import { PUBLISHERS } from './publishers/index.ts';
import type { PublisherName } from './publishers/index.ts';
import { record } from './rig.ts';
import { SCENARIOS, scenarioFor } from './scenarios.ts';
import { trace } from './trace.ts';

const { values } = parseArgs({
  options: {
    publisher: { type: 'string', default: 'native' },
    runs: { type: 'string', default: '1' },
    scenario: { type: 'string', default: 'cap' },
    seed: { type: 'string', default: '1' },
    'no-trace': { type: 'boolean', default: false },
    save: { type: 'string' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

const publishers = values.publisher.split(',') as PublisherName[];
const unknown = publishers.filter((name) => !(name in PUBLISHERS));
if (unknown.length > 0 || !SCENARIOS.includes(values.scenario)) {
  say(`Publishers: ${Object.keys(PUBLISHERS).join(', ')}. Scenarios: ${SCENARIOS.join(', ')}.`);
  process.exit(1);
}
const saved = [];
for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  for (const publisher of publishers) {
    const scenario = scenarioFor(values.scenario, seed);
    const recording = await record(publisher, scenario, seed);
    saved.push(recording);
    if (!values['no-trace']) for (const line of trace(recording, scenario)) say(line);
    const figures = Object.entries(figuresOf(recording, scenario));
    const shown = figures.map(
      ([name, value]) => `${name} ${value === null ? 'never' : Number(value.toFixed(2))}`,
    );
    say(`${publisher}, ${scenario.name}, seed ${seed}: ${shown.join(', ')}`);
  }
}
if (values.save) writeFileSync(values.save, JSON.stringify(saved));
process.exit(0);
