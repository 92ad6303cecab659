import { deserialize } from '$app/forms';
import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import { errorText } from '../../i18n/index.ts';
import type { ErrorCode } from '../../signaling/contract/index.ts';
import { toast } from '../kit/index.ts';

/** A hub that takes longer is as good as away. */
const ANSWER_WITHIN_MS = 20_000;

/**
 * Runs an action of this page, then brings the page up to date unless it is about to be left; what went wrong is said in passing. Answers
 * the action's data, or null when it was refused. With `page` it is the action of another page, and this one stays as it is.
 */
export async function act(
  action: string,
  fields: Record<string, string> = {},
  { leaving = false, page = '' }: { leaving?: boolean; page?: string } = {},
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
    const code = result.type === 'failure' ? (result.data?.['code'] as ErrorCode) : undefined;
    toast(errorText({ code }), { tone: 'warn' });
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
