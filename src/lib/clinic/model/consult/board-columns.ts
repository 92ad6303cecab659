/** The dispatcher's board (ui.md): 待受理 / 已匹配 / 进行中 / 待签, and which states of a consult stand in which. */
export const BOARD_COLUMNS = {
  waiting: ['requested', 'claimed', 'returned'],
  matched: ['matched', 'accepted', 'consented', 'ready'],
  underWay: ['in_session', 'replacing', 'frozen'],
  unsigned: ['concluded', 'amending'],
} as const;
export type BoardColumn = keyof typeof BOARD_COLUMNS;

const columnOf = new Map<string, BoardColumn>(
  Object.entries(BOARD_COLUMNS).flatMap(([column, states]) =>
    states.map((state): [string, BoardColumn] => [state, column as BoardColumn]),
  ),
);
export const BOARD_STATES: readonly string[] = [...columnOf.keys()];

/** Null for what is no dispatcher's business: a draft, what is over. */
export const boardColumnOf = (state: string): BoardColumn | null => columnOf.get(state) ?? null;
