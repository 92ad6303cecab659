/** One who waits; the smaller rank is seen first. */
export interface Ranked {
  caseId: string;
  rank: number;
  arrivedAtMs: number;
}

/** Total: no two are ever equal. */
export function byTurn(a: Ranked, b: Ranked): number {
  return a.rank - b.rank || a.arrivedAtMs - b.arrivedAtMs || (a.caseId < b.caseId ? -1 : 1);
}

/** Ranks are moments in ms; closer than this they are spread anew, long before the numbers run out between two. */
const CLOSEST = 0.001;

/**
 * Puts somebody behind the next `behind` of the others; at the end when there are fewer.
 * @returns the ranks that change
 */
export function ranksBehind(
  waiting: readonly Ranked[],
  moved: Pick<Ranked, 'caseId' | 'rank'>,
  behind: number,
): Map<string, number> {
  const others = waiting.filter(({ caseId }) => caseId !== moved.caseId).sort(byTurn);
  // Counted from where the person stood: those before stay before.
  const stood = others.findIndex((each) => each.rank > moved.rank);
  const place = Math.min(others.length, (stood < 0 ? others.length : stood) + behind);
  const before = others[place - 1];
  const after = others[place];
  if (!before) return new Map();
  if (!after) return new Map([[moved.caseId, before.rank + 1]]);
  if (after.rank - before.rank > 2 * CLOSEST)
    return new Map([[moved.caseId, (before.rank + after.rank) / 2]]);
  const order = [...others.slice(0, place), moved, ...others.slice(place)];
  const first = Math.min(moved.rank, ...others.map(({ rank }) => rank));
  return new Map(order.map(({ caseId }, index) => [caseId, first + index]));
}
