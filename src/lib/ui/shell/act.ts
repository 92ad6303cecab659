import { deserialize } from '$app/forms';
import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import { errorText } from '../../i18n/index.ts';
import type { ErrorCode } from '../../signaling/contract/index.ts';
import { toast } from '../kit/index.ts';

/** A hub that takes longer is as good as away. */
const ANSWER_WITHIN_MS = 20_000;

export interface ActOptions {
  /** Leaves the page as it is: it is about to be left. */
  leaving?: boolean;
  /** The page whose action it is, unless it is this one's. */
  page?: string;
  /** What to say of a refusal instead of the general sentence; null: nothing, it is told elsewhere. */
  refused?: (failure: Record<string, unknown>) => string | null | undefined;
}

/**
 * Runs an action of this page, then brings the page up to date unless it is about to be left; what went wrong is said in passing. Answers
 * the action's data, or null when it was refused. With `page` it is the action of another page, and this one stays as it is.
 */
export async function act(
  action: string,
  fields: Record<string, string> = {},
  { leaving = false, page = '', refused }: ActOptions = {},
): Promise<Record<string, unknown> | null> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  try {
    const response = await fetch(`${page}?/${action}`, {
      method: 'POST',
      headers: { 'x-sveltekit-action': 'true' },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const result = deserialize(await response.text());
    if (result.type === 'success') {
      if (!leaving && page === '') await invalidateAll();
      return result.data ?? {};
    }
    const failure: Record<string, unknown> = (result.type === 'failure' ? result.data : undefined) ?? {};
    const said = refused?.(failure);
    if (said === null) return null;
    toast(said ?? errorText({ code: failure['code'] as ErrorCode | undefined }), { tone: 'warn' });
  } catch {
    toast(errorText({ code: 'unavailable' }), { tone: 'warn' });
  }
  return null;
}

/** Keeps a page true while somebody looks at it: again every few seconds, and at once when it is looked at again. */
export function keepFresh(everyMs: number): () => void {
  const refresh = () => {
    // On the way to another page it would cancel the way.
    if (document.visibilityState === 'visible' && navigating.to === null) void invalidateAll();
  };
  const timer = setInterval(refresh, everyMs);
  document.addEventListener('visibilitychange', refresh);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', refresh);
  };
}
