import { and, eq } from 'drizzle-orm';
import type { BoxSummary, Identity } from '../identity/index.ts';
import type { BoxConfig, BoxReport } from '../signaling/contract/index.ts';
import { box, boxStatus, room, type Database } from '../storage/index.ts';
import { deriveBoxState, type BoxState } from './box-state.ts';
import type { createConfigs } from './configs.ts';

export interface FleetBox extends BoxSummary, BoxState {
  report: BoxReport | null;
  reportedAtMs: number | null;
  roomTitle: string | null;
  updateWanted: string | null;
}

/** All that is known of an institution's boxes, put together. */
export class Roster {
  readonly #db: Database;
  readonly #boxes: Pick<Identity['boxes'], 'list'>;
  readonly #configs: Pick<ReturnType<typeof createConfigs>, 'newestOutcomes'>;
  readonly #now: () => number;

  constructor(parts: {
    db: Database;
    boxes: Pick<Identity['boxes'], 'list'>;
    configs: Pick<ReturnType<typeof createConfigs>, 'newestOutcomes'>;
    now: () => number;
  }) {
    this.#db = parts.db;
    this.#boxes = parts.boxes;
    this.#configs = parts.configs;
    this.#now = parts.now;
  }

  async list(institutionId: string): Promise<FleetBox[]> {
    const boxes = await this.#boxes.list(institutionId);
    const outcomes = await this.#configs.newestOutcomes(boxes.map(({ boxId }) => boxId));
    const statuses = await this.#statuses(institutionId);
    return boxes.map((summary) => {
      const known = statuses.get(summary.boxId);
      const report = known?.report ?? null;
      const reportedAtMs = known?.reportedAt?.getTime() ?? null;
      const state = deriveBoxState({
        status: summary.status,
        report,
        reportedAtMs,
        configOutcome: outcomes.get(summary.boxId) ?? null,
        nowMs: this.#now(),
      });
      return {
        ...summary,
        ...state,
        // The box's own settings hold passwords of cameras; only the form needs them.
        report: report && { ...report, config: { ...report.config, own: null } },
        reportedAtMs,
        roomTitle: known?.roomTitle ?? null,
        updateWanted: known?.updateWanted ?? null,
      };
    });
  }

  async #statuses(institutionId: string) {
    const rows = await this.#db
      .select({
        boxId: box.id,
        report: boxStatus.report,
        reportedAt: boxStatus.reportedAt,
        updateWanted: boxStatus.updateWanted,
        roomTitle: room.title,
      })
      .from(box)
      .leftJoin(boxStatus, eq(boxStatus.boxId, box.id))
      .leftJoin(room, and(eq(room.boxId, box.id), eq(room.status, 'open')))
      .where(eq(box.institutionId, institutionId));
    return new Map(rows.map((row) => [row.boxId, row]));
  }

  /** The settings that a box runs by while the hub has given it none; null when it has not said. */
  async ownSettings(boxId: string): Promise<BoxConfig | null> {
    const [row] = await this.#db
      .select({ report: boxStatus.report })
      .from(boxStatus)
      .where(eq(boxStatus.boxId, boxId));
    return row?.report?.config.own ?? null;
  }
}
