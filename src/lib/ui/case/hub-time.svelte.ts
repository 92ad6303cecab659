import { onMount } from 'svelte';

const TICK_MS = 10_000;

/**
 * Hub time on a page that stays open: what it was at the last load, and what has passed since. Call it while a component is set up.
 */
export function hubTime(loadedAtMs: () => number): { readonly nowMs: number } {
  let ticks = $state(0);
  let [seenMs, seenAtMs] = [loadedAtMs(), 0];
  onMount(() => {
    seenAtMs = performance.now();
    const timer = setInterval(() => ticks++, TICK_MS);
    return () => clearInterval(timer);
  });
  return {
    get nowMs() {
      void ticks;
      if (loadedAtMs() !== seenMs) [seenMs, seenAtMs] = [loadedAtMs(), performance.now()];
      return seenAtMs === 0 ? seenMs : seenMs + performance.now() - seenAtMs;
    },
  };
}
