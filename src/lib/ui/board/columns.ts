import { BOARD_COLUMNS, type BoardColumn } from '../../clinic/model/consult/board-columns.ts';
import { m } from '../../paraglide/messages.js';

/** From left to right. */
export const COLUMNS = Object.keys(BOARD_COLUMNS) as BoardColumn[];

const COLUMN: Record<BoardColumn, () => string> = {
  waiting: m.board_column_waiting,
  matched: m.board_column_matched,
  underWay: m.board_column_under_way,
  unsigned: m.board_column_unsigned,
};
export const columnText = (column: BoardColumn): string => COLUMN[column]();
