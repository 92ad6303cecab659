import { PROFILES, profileScenario } from './profiles.ts';
import { referenceScenarios } from './reference.ts';
import type { Scenario } from './scenario.ts';

const makers = new Map<string, (seed: number) => Scenario>([
  ...referenceScenarios().map((scenario) => [scenario.name, () => scenario] as const),
  ...PROFILES.map((profile) => [profile.name, (seed: number) => profileScenario(profile, seed)] as const),
]);

export const SCENARIOS = [...makers.keys()];

export function scenarioFor(name: string, seed: number): Scenario {
  const make = makers.get(name);
  if (!make) throw new RangeError(`no scenario ${name}`);
  return make(seed);
}
