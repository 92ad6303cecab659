import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import type { SignalingStatus } from '../../signaling/client/index.ts';
import type { NoticeData } from '../../signaling/contract/index.ts';
import { shareSignaling } from '../shell/shared-signaling.ts';
import { FOLLOWED, Reloads } from './reloads.ts';

/**
 * Keeps a page of cases true while somebody looks at it: loads it again when a case that concerns it changes, and after the connection was
 * away. Call from `onMount`; the answer stops it.
 */
export function followCases(options: {
  /** Whether a change concerns this page; every change does when not given. */
  concerns?: (change: NoticeData<'case.changed'>) => boolean;
  /** The case whose documents the page shows: what is written in them is followed, too. */
  writtenIn?: () => string;
  /** A patient who waits has moved up: the page shows what it is told, and need not ask. */
  onPlace?: (place: NoticeData<'queue.changed'>) => void;
  onStatus?: (status: SignalingStatus) => void;
}): () => void {
  const { signaling, release } = shareSignaling();
  let before: SignalingStatus = 'connecting';
  const reloads = new Reloads(async () => {
    // On the way to another page it would cancel that way.
    if (navigating.to === null) await invalidateAll();
  }, FOLLOWED.gatherMs);
  const soon = () => reloads.soon();
  const stops = [
    signaling.onNotice('case.changed', (change) => {
      if (options.concerns?.(change) ?? true) soon();
    }),
    signaling.onNotice('document.changed', ({ caseId }) => {
      if (caseId === options.writtenIn?.()) soon();
    }),
    signaling.onNotice('queue.changed', (place) => options.onPlace?.(place)),
    signaling.onStatus((status) => {
      if (status === 'online' && before === 'offline') soon();
      before = status;
      options.onStatus?.(status);
    }),
  ];
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') soon();
  }, FOLLOWED.refreshMs);
  return () => {
    reloads.stop();
    clearInterval(timer);
    for (const stop of stops) stop();
    release();
  };
}
