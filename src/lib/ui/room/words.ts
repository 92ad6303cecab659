import { roleText } from '$lib/i18n/index.ts';
import { m } from '$lib/paraglide/messages.js';
import type { FeedQualityView, QualityState, RemoteFeedLike } from './session-view.ts';

/** State as a word, a shape and (by the caller's class) a colour. */
export function qualityWords(quality: FeedQualityView): { word: string; figure: string; shape: string } {
  const age = quality.ageMs === null ? '' : `${Math.max(0, Math.round(quality.ageMs))} ms`;
  switch (quality.state) {
    case 'live':
      return { word: m.room_quality_live(), figure: age, shape: '●' };
    case 'delayed':
      return { word: m.room_quality_delayed(), figure: age, shape: '▲' };
    case 'late':
      return { word: m.room_quality_late(), figure: age, shape: '◆' };
    case 'stale':
      return { word: m.room_quality_stale(), figure: staleFor(quality), shape: '■' };
    case 'paused':
      return { word: m.room_quality_paused(), figure: '', shape: '‖' };
    case 'waiting':
      return { word: m.room_quality_waiting(), figure: '', shape: '○' };
  }
}

export function staleFor(quality: FeedQualityView): string {
  const sinceMs = quality.sinceFrameMs ?? 0;
  return sinceMs < 10_000 ? `${(sinceMs / 1000).toFixed(1)} s` : `${Math.round(sinceMs / 1000)} s`;
}

export const isFresh = (state: QualityState): boolean => state === 'live' || state === 'delayed';

/** Whose picture it is: the label of a device, else the person. */
export function feedTitle(view: RemoteFeedLike): string {
  const name = view.member?.name ?? '';
  if (view.feed.streamClass === 'screen') return m.room_feed_screen({ name });
  return view.feed.label || name;
}

export function feedSubtitle(view: RemoteFeedLike): string {
  if (!view.member) return '';
  return view.feed.label && view.feed.streamClass !== 'screen'
    ? view.member.name
    : roleText(view.member.role);
}

const DEVICE_ERRORS: Record<string, () => string> = {
  denied: m.room_device_denied,
  absent: m.room_device_absent,
  busy: m.room_device_busy,
  insecure: m.room_device_insecure,
  lost: m.room_device_lost,
};
export const deviceErrorSentence = (error: string): string =>
  (DEVICE_ERRORS[error] ?? m.room_device_unknown)();
