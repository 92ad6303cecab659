import { expect, it } from 'vitest';
import type { Engine, EngineEvents, EngineStats } from '../engine/engine.ts';
import { SwitchableEngine, SwitchablePlayer } from './switchable.ts';

/** A hand-driven engine: what is tested is who is asked, and who is heard. */
class HandEngine {
  state: EngineStats['state'] = 'idle';
  #lost: (reason: string) => void = () => undefined;
  connect = async () => void (this.state = 'connected');
  disconnect = async () => void (this.state = 'idle');
  stats = () => ({ state: this.state });
  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): void {
    if (event === 'lost') this.#lost = listener as (reason: string) => void;
  }
  lose = () => this.#lost('gone');
}
const asEngine = (engine: HandEngine) => engine as unknown as Engine;

it('an engine that streams is replaced, and the agent hears that it must connect again', async () => {
  const [first, second] = [new HandEngine(), new HandEngine()];
  const engine = new SwitchableEngine(asEngine(first));
  const lost: string[] = [];
  engine.on('lost', (reason) => lost.push(reason));
  await engine.connect(undefined as never);
  await engine.switchTo(asEngine(second));
  expect([first.state, second.state, lost.length]).toEqual(['idle', 'idle', 1]);
  expect(engine.stats().state).toBe('connecting');
  first.lose();
  expect(lost.length).toBe(1);
  await engine.connect(undefined as never);
  expect(second.state).toBe('connected');
  second.lose();
  expect(lost.length).toBe(2);
});

it('an engine that is idle is replaced in silence', async () => {
  const engine = new SwitchableEngine(asEngine(new HandEngine()));
  let lost = 0;
  engine.on('lost', () => lost++);
  await engine.switchTo(asEngine(new HandEngine()));
  expect([lost, engine.stats().state]).toEqual([0, 'idle']);
});

it('a player goes on where the former one played', () => {
  const said: string[] = [];
  const player = (name: string) => ({
    start: () => void said.push(`${name} on`),
    stop: () => void said.push(`${name} off`),
  });
  const playing = new SwitchablePlayer(player('a'));
  playing.switchTo(player('b'));
  playing.start();
  playing.switchTo(player('c'));
  playing.switchTo(null);
  playing.switchTo(player('d'));
  playing.stop();
  expect(said).toEqual(['a off', 'b on', 'b off', 'c on', 'c off', 'd on', 'd off']);
});
