/** Moves between the cards of a board by arrow keys: up and down in a column, left and right to the same place in the next. */
export function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  const from = (event.target as HTMLElement).closest('a');
  if (!step || !from) return;
  const columns = [...event.currentTarget.querySelectorAll('section')]
    .map((section) => [...section.querySelectorAll('a')])
    .filter((links) => links.length > 0);
  const column = columns.findIndex((links) => links.includes(from));
  const row = columns[column]?.indexOf(from) ?? -1;
  const [across = 0, down = 0] = step;
  const links = columns[column + across];
  const to = links?.[Math.max(0, Math.min(links.length - 1, row + down))];
  if (!to) return;
  event.preventDefault();
  to.focus();
}
