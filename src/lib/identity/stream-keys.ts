import { and, desc, eq, isNull } from 'drizzle-orm';
import { HubError } from '../signaling/contract/index.ts';
import { box, room, streamKey, type Database } from '../storage/index.ts';
import { guarded } from './guarded.ts';
import { hashOf, newId, newToken, streamPrincipalId } from './ids.ts';
import type { StreamPrincipal } from './principal.ts';
import type { Throttle } from './throttle.ts';

/** Ours: nobody types these tokens, so this many wrong ones in a quarter of an hour are no mistake any more. */
const WRONG_TOKENS = 100;

export interface StreamKeySummary {
  keyId: string;
  name: string;
  access: 'publish' | 'view';
  pictureClass: 'clinical' | 'face' | null;
  /** Where it leads: the title of one room, or the name of the box that it goes with. */
  target: { kind: 'room' | 'box'; name: string };
  expiresAtMs: number;
  revokedAtMs: number | null;
  lastUsedAtMs: number | null;
}

export interface NewStreamKey {
  name: string;
  access: 'publish' | 'view';
  pictureClass: 'clinical' | 'face' | null;
  target: { roomId: string } | { boxId: string };
  validDays: number;
  institutionId: string;
  /** An account. */
  createdBy: string;
}

/** Keys of devices that publish by WHIP and of players that view by WHEP. */
export function createStreamKeys({
  db,
  now,
  throttle,
  revoked,
}: {
  db: Database;
  now: () => number;
  throttle: Throttle;
  revoked: (principalId: string) => void;
}) {
  async function refuseForeignTarget({ target, institutionId }: NewStreamKey): Promise<void> {
    const found =
      'roomId' in target
        ? await db
            .select({ id: room.id })
            .from(room)
            .where(
              and(eq(room.id, target.roomId), eq(room.institutionId, institutionId), eq(room.status, 'open')),
            )
        : await db
            .select({ id: box.id })
            .from(box)
            .where(and(eq(box.id, target.boxId), eq(box.institutionId, institutionId)));
    if (found.length === 0) throw new HubError('not_found', 'no such open room or box in your institution');
  }

  return {
    /**
     * The token is shown once; only its hash is kept.
     * @throws {HubError} not_found: the room or box is not the institution's
     */
    create: guarded(async (made: NewStreamKey): Promise<{ keyId: string; token: string }> => {
      await refuseForeignTarget(made);
      const keyId = newId();
      const token = newToken();
      await db.insert(streamKey).values({
        id: keyId,
        name: made.name,
        access: made.access,
        pictureClass: made.pictureClass,
        institutionId: made.institutionId,
        roomId: 'roomId' in made.target ? made.target.roomId : null,
        boxId: 'boxId' in made.target ? made.target.boxId : null,
        tokenHash: hashOf(token),
        createdBy: made.createdBy,
        createdAt: new Date(now()),
        expiresAt: new Date(now() + made.validDays * 86_400_000),
      });
      return { keyId, token };
    }),

    /**
     * Who a token belongs to, and the room that it leads to now.
     * @throws {HubError} unauthenticated (unknown, revoked, past its time), conflict (its box serves no room), rate_limited
     */
    principalOf: guarded(async (token: string, context: { address: string }): Promise<StreamPrincipal> => {
      const [row] = await db
        .select({ key: streamKey, roomOfBox: room.id })
        .from(streamKey)
        .leftJoin(room, and(eq(room.boxId, streamKey.boxId), eq(room.status, 'open')))
        .where(and(eq(streamKey.tokenHash, hashOf(token)), isNull(streamKey.revokedAt)))
        .limit(1);
      if (!row || row.key.expiresAt.getTime() <= now()) {
        await throttle.spend(`stream:${context.address}`, WRONG_TOKENS);
        throw new HubError('unauthenticated', 'the token is unknown, revoked or past its time');
      }
      const { key } = row;
      const roomId = key.roomId ?? row.roomOfBox;
      if (!roomId) throw new HubError('conflict', 'the box of this token serves no room at this time');
      await db
        .update(streamKey)
        .set({ lastUsedAt: new Date(now()) })
        .where(eq(streamKey.id, key.id));
      return {
        kind: 'stream',
        principalId: streamPrincipalId(key.id),
        keyId: key.id,
        name: key.name,
        access: key.access,
        pictureClass: key.pictureClass ?? 'clinical',
        roomId,
        expiresAtMs: key.expiresAt.getTime(),
      };
    }),

    /** For who has looked a token up before and must know that it was not revoked since. */
    isGood: guarded(async (keyId: string): Promise<boolean> => {
      const good = await db
        .select({ id: streamKey.id })
        .from(streamKey)
        .where(and(eq(streamKey.id, keyId), isNull(streamKey.revokedAt)));
      return good.length > 0;
    }),

    /** Takes effect at once, also on what runs; false when the institution has no such key. */
    revoke: guarded(async (keyId: string, institutionId: string): Promise<boolean> => {
      const own = and(eq(streamKey.id, keyId), eq(streamKey.institutionId, institutionId));
      const known = await db.select({ id: streamKey.id }).from(streamKey).where(own);
      if (known.length === 0) return false;
      await db
        .update(streamKey)
        .set({ revokedAt: new Date(now()) })
        .where(and(own, isNull(streamKey.revokedAt)));
      revoked(streamPrincipalId(keyId));
      return true;
    }),

    /** The keys of an institution, newest first, revoked ones among them. */
    list: guarded(async (institutionId: string): Promise<StreamKeySummary[]> => {
      const rows = await db
        .select({ key: streamKey, roomTitle: room.title, boxName: box.name })
        .from(streamKey)
        .leftJoin(room, eq(room.id, streamKey.roomId))
        .leftJoin(box, eq(box.id, streamKey.boxId))
        .where(eq(streamKey.institutionId, institutionId))
        .orderBy(desc(streamKey.createdAt))
        .limit(200);
      return rows.map(({ key, roomTitle, boxName }) => ({
        keyId: key.id,
        name: key.name,
        access: key.access,
        pictureClass: key.pictureClass,
        target: key.roomId
          ? { kind: 'room' as const, name: roomTitle ?? '' }
          : { kind: 'box' as const, name: boxName ?? '' },
        expiresAtMs: key.expiresAt.getTime(),
        revokedAtMs: key.revokedAt?.getTime() ?? null,
        lastUsedAtMs: key.lastUsedAt?.getTime() ?? null,
      }));
    }),

    /** What a key may lead to: the institution's open rooms, newest first, and its boxes. */
    targets: guarded(async (institutionId: string) => ({
      rooms: await db
        .select({ roomId: room.id, title: room.title })
        .from(room)
        .where(and(eq(room.institutionId, institutionId), eq(room.status, 'open')))
        .orderBy(desc(room.createdAt))
        .limit(100),
      boxes: await db
        .select({ boxId: box.id, name: box.name })
        .from(box)
        .where(and(eq(box.institutionId, institutionId), eq(box.status, 'enrolled')))
        .orderBy(box.name)
        .limit(200),
    })),
  };
}
