const SHORTCUTS = ['m', 'v', 'h', 'c', 'p', 'n', 'l', 'k', '1', '2', '3', 'f', '?', 'escape'] as const;
export type Shortcut = (typeof SHORTCUTS)[number];

/**
 * The room's meaning of a key press, or null: keys belong to whoever types, combinations to the browser, and an open
 * menu or dialog has its keys to itself.
 */
export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return null;
  const { target } = event;
  if (target instanceof HTMLElement) {
    if (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return null;
    if (target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]')) return null;
  }
  const key = event.key.toLowerCase();
  return SHORTCUTS.find((known) => known === key) ?? null;
}
