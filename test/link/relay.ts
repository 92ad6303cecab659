import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { BoxClock } from '../../edge-box/src/clock.ts';
import type { HubTransport, MediaSignals } from '../../edge-box/src/engine/engine.ts';
import type { LinkState } from './link-state.ts';
import type { FromRelay, LinkSample, ToRelay } from './relay-protocol.ts';

/** A bad link as a UDP relay in user space, put in by rewriting the ports of the hub's candidates. Seeded, not random. */
export class Relay {
  readonly #child: ChildProcess;
  readonly #messages = new EventEmitter();
  readonly #ports = new Map<number, Promise<number>>();
  #link: LinkState;

  private constructor(child: ChildProcess, link: LinkState) {
    this.#child = child;
    this.#link = link;
    child.on('message', (message: FromRelay) => {
      if (message.type === 'samples') this.#messages.emit('samples', message.samples);
      else this.#messages.emit(`opened ${message.hubPort}`, message.port);
    });
  }

  static start(options: { seed: number; link: LinkState; clock: BoxClock }): Relay {
    const child = fork(new URL('./relay-process.ts', import.meta.url), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { seed, link, clock } = options;
    const relay = new Relay(child, link);
    relay.#send({ type: 'start', seed, link, clock: clock.settings });
    return relay;
  }

  get link(): LinkState {
    return this.#link;
  }

  set link(link: LinkState) {
    this.#link = link;
    this.#send({ type: 'link', link });
  }

  /** As a NAT that forgot: the hub sees another port, what is under way goes on. */
  rebind(): void {
    this.#send({ type: 'rebind' });
  }

  /** Another port and another delay, what was under way is lost, and 50 ms pass before anything does. */
  movePath({ delayMs }: { delayMs: number }): void {
    this.#link = { up: { ...this.#link.up, delayMs }, down: { ...this.#link.down, delayMs } };
    this.#send({ type: 'move', delayMs });
  }

  /** Every `SAMPLE_MS`, some at a time. */
  onSamples(listener: (samples: LinkSample[]) => void): void {
    this.#messages.on('samples', listener);
  }

  /** The relay's port that leads to this one of the hub. */
  port(hubPort: number): Promise<number> {
    let port = this.#ports.get(hubPort);
    if (!port) {
      port = once(this.#messages, `opened ${hubPort}`).then(([opened]: number[]) => opened!);
      this.#ports.set(hubPort, port);
      this.#send({ type: 'open', hubPort });
    }
    return port;
  }

  /** The same signals, with the media going over this link. */
  through(signals: MediaSignals): MediaSignals {
    return { ...signals, createTransport: async () => this.reroute(await signals.createTransport()) };
  }

  /** The same transport, to be reached over this link only. */
  async reroute(transport: HubTransport): Promise<HubTransport> {
    const { id, iceParameters, dtlsParameters, sctpParameters } = transport;
    const udp = transport.iceCandidates.filter(({ protocol }) => protocol === 'udp');
    const iceCandidates = await Promise.all(
      udp.map(async (candidate) => ({ ...candidate, port: await this.port(candidate.port) })),
    );
    return { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters };
  }

  #send(message: ToRelay): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
