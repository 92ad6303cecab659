import type { VideoProfile } from '../devices/profile.ts';

const SIDE = { left: '左侧 L', right: '右侧 R', both: '双侧 L+R' } as const;
/** As the contract takes it. */
const MAX_CHARS = 64;

/** What is written under a capture: the feed's name, `what` it is beside a still, and the side, which is never cut off. Never who the patient is. */
export function captureLabel(
  { slot, label, laterality }: Pick<VideoProfile, 'slot' | 'label' | 'laterality'>,
  what?: string,
): string {
  const marks = [what, laterality && SIDE[laterality]]
    .flatMap((mark) => (mark ? [` · ${mark}`] : []))
    .join('');
  return (label || slot).slice(0, MAX_CHARS - marks.length).toWellFormed() + marks;
}
