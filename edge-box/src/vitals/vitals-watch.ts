import type { EngineStats } from '../engine/engine.ts';

const CHECK_EVERY_MS = 3_000;
/** Ours: twice in a row nothing new has come, so for 6 to 9 s. A channel that repairs a loss is quicker. */
const CHECKS_WITHOUT_ARRIVAL = 2;
/** Older feedback on the pictures says that the whole path is silent; that is the engine's own to notice. */
const PATH_ALIVE_MS = 1_500;

interface Watched {
  stats(): Pick<EngineStats, 'state' | 'feedbackAgeMs' | 'vitalsSent' | 'vitalsDropped'>;
  /** How many messages have reached the hub over the present channel; null where there is none. */
  arrived(): Promise<number | null>;
  stalled(): void;
}

/**
 * Notices that measurements do not arrive although pictures do. SCTP may stand still for ever while both ends call it connected (measured: after
 * a quarter of an hour on a starved machine, the ECG was gone and the pictures went on), so only what has arrived counts.
 */
export class VitalsWatch {
  readonly #watched: Watched;
  #timer: NodeJS.Timeout | undefined;
  #given = 0;
  #arrived: number | null = null;
  #without = 0;
  #isAsking = false;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** On a new channel. */
  start(): void {
    this.stop();
    this.#arrived = null;
    this.#without = 0;
    this.#timer = setInterval(() => void this.#check(), CHECK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #check(): Promise<void> {
    // On slow signalling two questions at once would count one look twice.
    if (this.#isAsking) return;
    this.#isAsking = true;
    await this.#look();
    this.#isAsking = false;
  }

  async #look(): Promise<void> {
    const timer = this.#timer;
    const { state, feedbackAgeMs, vitalsSent, vitalsDropped } = this.#watched.stats();
    // Whoever cannot be asked cannot say that nothing came.
    const arrived = await this.#watched.arrived().catch(() => null);
    if (timer !== this.#timer || arrived === null) return;
    const given = vitalsSent + vitalsDropped;
    const isPathAlive = state === 'connected' && (feedbackAgeMs ?? 0) < PATH_ALIVE_MS;
    const isMissing = isPathAlive && arrived === this.#arrived && given > this.#given;
    this.#without = isMissing ? this.#without + 1 : 0;
    this.#arrived = arrived;
    this.#given = given;
    if (this.#without < CHECKS_WITHOUT_ARRIVAL) return;
    this.stop();
    this.#watched.stalled();
  }
}
