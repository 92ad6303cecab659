export interface NetworkFigures {
  /** Round trips of small requests to the hub over HTTP, the fastest and the spread of them. */
  rttMs: number;
  jitterMs: number;
  /** Of the requests sent, 0 to 1. */
  failedFraction: number;
}

const PROBE_TIMEOUT_MS = 2_000;

/** A first look at the way to the hub, for the lobby; the media's own figures follow once it flows. */
export async function networkProbe(
  options: { url?: string; samples?: number } = {},
): Promise<NetworkFigures> {
  const { url = '/healthz', samples = 6 } = options;
  const times: number[] = [];
  // The first one pays for the connection and is not counted.
  for (let index = 0; index <= samples; index++) {
    const startMs = performance.now();
    try {
      const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      await response.arrayBuffer();
      if (index > 0) times.push(performance.now() - startMs);
    } catch {
      // Counted as failed by its absence.
    }
  }
  const rttMs = times.length ? Math.min(...times) : Infinity;
  const jitterMs = times.length ? Math.max(...times) - rttMs : Infinity;
  return { rttMs, jitterMs, failedFraction: 1 - times.length / samples };
}
