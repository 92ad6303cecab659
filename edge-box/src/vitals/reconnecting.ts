import type { VitalsSink, VitalsSource, VitalsSourceState } from './source.ts';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** Monitors send at least once a second; a cuff or a thermometer keeps its line alive some other way. */
const SILENT_AFTER_MS = 5_000;

/** How one attempt of a source ended: why, and whether trying again can help by itself. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly state: 'absent' | 'refused';

  constructor(state: 'absent' | 'refused', detail: string) {
    super(detail);
    this.state = state;
  }
}

/** One connection of a source. */
export interface SourceLink {
  close(): Promise<void> | void;
}

export interface LinkEvents {
  sink: VitalsSink;
  /** Something came, useful or not. */
  heard(): void;
  /** The link is gone by itself. */
  ended(error: SourceError): void;
}

/** The part that all sources with a connection share: open, open again with growing pauses, and a state in words. */
export abstract class ReconnectingSource implements VitalsSource {
  abstract readonly kind: string;
  readonly id: string;
  #state: VitalsSourceState = 'stopped';
  #detail = '';
  #link: SourceLink | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** Raised by each start and stop, so that an old attempt that ends late changes nothing. */
  #run = 0;
  #opening: Promise<void> = Promise.resolve();

  constructor(id: string) {
    this.id = id;
  }

  get state(): VitalsSourceState {
    return this.#state;
  }

  get detail(): string {
    return this.#detail;
  }

  /** @throws {SourceError} when there is nothing to connect to. */
  protected abstract open(events: LinkEvents): Promise<SourceLink>;

  start(sink: VitalsSink): void {
    if (this.#state !== 'stopped') return;
    this.#retryMs = FIRST_RETRY_MS;
    this.#state = 'connecting';
    this.#attempt(sink, ++this.#run);
  }

  #attempt(sink: VitalsSink, run: number): void {
    let ended = false;
    const fail = (error: unknown): void => {
      if (ended || run !== this.#run) return;
      ended = true;
      clearTimeout(this.#silence);
      const known = error instanceof SourceError ? error : new SourceError('absent', 'failed');
      this.#state = known.state;
      this.#detail = known.message;
      const link = this.#link;
      this.#link = undefined;
      void link?.close();
      this.#timer = setTimeout(() => this.#attempt(sink, run), this.#retryMs);
      this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
    };
    const heard = (): void => {
      if (ended || run !== this.#run) return;
      this.#state = 'ok';
      this.#detail = '';
      this.#retryMs = FIRST_RETRY_MS;
      this.#listen(run);
    };
    this.#opening = this.open({ sink, heard, ended: fail }).then(async (link) => {
      if (ended || run !== this.#run) return link.close();
      this.#link = link;
      this.#listen(run);
    }, fail);
  }

  #listen(run: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (run !== this.#run || !this.#link) return;
      this.#state = 'silent';
      this.#detail = '';
    }, SILENT_AFTER_MS);
  }

  async stop(): Promise<void> {
    this.#run++;
    this.#state = 'stopped';
    this.#detail = '';
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    await this.#opening;
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }
}
