/** Where a key leads in the calendar; null for keys that are not the calendar's. */
export type KeyMove = { days: number } | 'today' | 'previous' | 'next';

const MOVES: Readonly<Record<string, KeyMove>> = {
  ArrowLeft: { days: -1 },
  ArrowRight: { days: 1 },
  PageUp: { days: -7 },
  PageDown: { days: 7 },
  t: 'today',
  T: 'today',
};
const AMONG_ENTRIES: Readonly<Record<string, KeyMove>> = { ArrowUp: 'previous', ArrowDown: 'next' };

/** Whoever writes, chooses or answers a dialog means that by their keys. */
const OTHERS =
  'input, select, textarea, [contenteditable], [role="dialog"], [role="menu"], [role="alertdialog"]';

export function keyMove(event: KeyboardEvent): KeyMove | null {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return null;
  const { target } = event;
  if (target instanceof Element && target.closest(OTHERS)) return null;
  const move = MOVES[event.key];
  if (move) return move;
  // Elsewhere they scroll.
  return target instanceof Element && target.closest('[data-entry]')
    ? (AMONG_ENTRIES[event.key] ?? null)
    : null;
}

/** Moves the focus to the entry before or after the one that has it. */
export function focusEntry(within: HTMLElement, step: 'previous' | 'next'): void {
  const entries = [...within.querySelectorAll<HTMLElement>('[data-entry]')].filter(
    (entry) => entry.offsetParent !== null,
  );
  const at = entries.findIndex((entry) => entry === document.activeElement);
  entries[at + (step === 'next' ? 1 : -1)]?.focus();
}
