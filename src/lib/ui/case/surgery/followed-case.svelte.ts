import type { SignalingClient } from '../../../signaling/client/index.ts';
import type { ShownCase } from '../case-ui.ts';

export interface SeenCase {
  shown: ShownCase;
  /** Account of whoever looks. */
  me: string;
  /** Hub time when it was read. */
  nowMs: number;
}

/** What a lost notice would have told comes with this. */
const REFRESH_MS = 10_000;
const ANSWER_WITHIN_MS = 8_000;

/** A case as it stands, read beside a page that must not be loaded again for it. */
export class FollowedCase {
  seen = $state.raw<SeenCase | null>(null);
  /** It could not be read: what is shown may be old. */
  failed = $state(false);
  readonly #path: string;

  constructor(caseId: string) {
    this.#path = `/cases/${caseId}/shown`;
  }

  async load(): Promise<void> {
    try {
      const response = await fetch(this.#path, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      const next = (await response.json()) as SeenCase;
      // Answers may come in another order than they were asked for.
      if (!this.seen || next.shown.version >= this.seen.shown.version) this.seen = next;
      this.failed = false;
    } catch {
      this.failed = true;
    }
  }

  /** Until the answer is called. */
  follow(signaling: SignalingClient): () => void {
    const load = () => void this.load();
    load();
    const stops = [
      signaling.onNotice('case.changed', ({ caseId }) => {
        if (this.#path.includes(`/${caseId}/`)) load();
      }),
      signaling.onStatus((status) => {
        if (status === 'online') load();
      }),
    ];
    const timer = setInterval(load, REFRESH_MS);
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }
}
