import { connectSignaling, type SignalingClient } from '../../signaling/client/index.ts';

let shared: { signaling: SignalingClient; users: number } | null = null;

/**
 * The connection of this window, the same for the header and for whatever page is open; closed when the last of them has released it.
 * Listeners are stopped by who added them. A room has its own, which says where its person is.
 */
export function shareSignaling(): { signaling: SignalingClient; release: () => void } {
  const mine = (shared ??= { signaling: connectSignaling(), users: 0 });
  mine.users += 1;
  let isReleased = false;
  return {
    signaling: mine.signaling,
    release: () => {
      if (isReleased) return;
      isReleased = true;
      mine.users -= 1;
      if (mine.users > 0) return;
      mine.signaling.close();
      if (shared === mine) shared = null;
    },
  };
}
