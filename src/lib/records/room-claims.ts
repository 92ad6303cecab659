import { and, eq, inArray } from 'drizzle-orm';
import { boxService } from '../storage/index.ts';
import type { Transaction } from './capture-bytes.ts';

export type RoomClaim = 'none' | 'confirmed' | 'notServed' | 'otherTime';

/** Clocks differ, and the box hears of the end of its service a little late. */
const TOLERANCE_MS = 10_000;

/** Judges what a box says of the rooms it served by what the hub itself has noted. */
export class RoomClaims {
  readonly #services: { roomId: string; sinceMs: number; untilMs: number }[];

  private constructor(services: { roomId: string; sinceMs: number; untilMs: number }[]) {
    this.#services = services;
  }

  static async load(tx: Transaction, boxId: string, roomIds: string[]): Promise<RoomClaims> {
    if (roomIds.length === 0) return new RoomClaims([]);
    const rows = await tx
      .select()
      .from(boxService)
      .where(and(eq(boxService.boxId, boxId), inArray(boxService.roomId, roomIds)));
    return new RoomClaims(
      rows.map(({ roomId, since, until }) => ({
        roomId,
        sinceMs: since.getTime(),
        untilMs: until?.getTime() ?? Infinity,
      })),
    );
  }

  /** `takenAtMs` is null while nobody knows the true time; then that the box was ever there must do. */
  judge(roomId: string | null, takenAtMs: number | null): RoomClaim {
    if (roomId === null) return 'none';
    const services = this.#services.filter((service) => service.roomId === roomId);
    if (services.length === 0) return 'notServed';
    const fits = services.some(
      ({ sinceMs, untilMs }) =>
        takenAtMs === null || (takenAtMs >= sinceMs - TOLERANCE_MS && takenAtMs <= untilMs + TOLERANCE_MS),
    );
    return fits ? 'confirmed' : 'otherTime';
  }
}
