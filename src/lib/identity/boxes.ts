import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { and, asc, eq, gt, isNull, lte, ne } from 'drizzle-orm';
import { boxTokenChallenge, HubError, type BoxTokenProof } from '../signaling/contract/index.ts';
import { box, boxEnrolmentCode, boxToken, isUniqueViolation, type Database } from '../storage/index.ts';
import { newEnrolmentCode, parseEnrolmentCode } from './enrolment-code.ts';
import { guarded } from './guarded.ts';
import { boxPrincipalId, hashOf, newId, newToken } from './ids.ts';
import type { BoxPrincipal } from './principal.ts';
import type { Throttle } from './throttle.ts';

const CODE_VALID_MS = 24 * 60 * 60_000;
const TOKEN_VALID_MS = 10 * 60_000;
/** How far a box's clock may be off. Much shorter than a token lives, see `boxToken`. */
const CLOCK_TOLERANCE_MS = 60_000;
const WRONG_CODES = 10;

export interface BoxSummary {
  boxId: string;
  name: string;
  institutionId: string;
  status: 'awaiting' | 'enrolled' | 'revoked';
  enrolledAtMs: number | null;
  lastSeenAtMs: number | null;
}

type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** A new code for a box; the ones before it are worth nothing any more. */
export async function replaceEnrolmentCode(
  tx: Transaction,
  boxId: string,
  nowMs: number,
): Promise<{ code: string; expiresAtMs: number }> {
  const code = newEnrolmentCode();
  const expiresAtMs = nowMs + CODE_VALID_MS;
  await tx
    .delete(boxEnrolmentCode)
    .where(and(eq(boxEnrolmentCode.boxId, boxId), isNull(boxEnrolmentCode.usedAt)));
  await tx.insert(boxEnrolmentCode).values({
    hash: hashOf(parseEnrolmentCode(code)!),
    boxId,
    createdAt: new Date(nowMs),
    expiresAt: new Date(expiresAtMs),
  });
  return { code, expiresAtMs };
}

export function createBoxes({
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
  return {
    /** Names a new box and makes the code with which it may come. The code is shown once. */
    createEnrolmentCode: guarded(
      async (made: {
        institutionId: string;
        name: string;
      }): Promise<{ boxId: string; code: string; expiresAtMs: number }> =>
        db.transaction(async (tx) => {
          const boxId = newId();
          await tx.insert(box).values({ id: boxId, name: made.name, institutionId: made.institutionId });
          return { boxId, ...(await replaceEnrolmentCode(tx, boxId, now())) };
        }),
    ),

    /**
     * Binds a box's key to the box that the code was made for. The same key may ask again, since the first answer may
     * have been lost on the way.
     * @throws {HubError} expired (wrong, used, or past its time), conflict (key of another box), rate_limited
     */
    enrol: guarded(
      async (
        request: { code: string; publicKey: string },
        context: { address: string },
      ): Promise<{ boxId: string; name: string }> => {
        if (!ed25519Key(request.publicKey))
          throw new HubError('invalid_message', 'not an Ed25519 public key');
        const key = `enrol:${context.address}`;
        await throttle.spend(key, WRONG_CODES);
        const enrolled = await enrolWith(request).catch((error: unknown) => {
          if (isUniqueViolation(error)) throw new HubError('conflict', 'this key belongs to another box');
          throw error;
        });
        await throttle.clear(key);
        if (enrolled.replacedKey) revoked(boxPrincipalId(enrolled.boxId));
        return { boxId: enrolled.boxId, name: enrolled.name };
      },
    ),

    /**
     * A token for the handshake, good for ten minutes, against a signature made just now with the box's key.
     * @throws {HubError} unauthenticated
     */
    issueToken: guarded(async (proof: BoxTokenProof): Promise<{ token: string; expiresAtMs: number }> => {
      if (Math.abs(now() - proof.timestampMs) > CLOCK_TOLERANCE_MS) {
        throw new HubError('unauthenticated', 'signed at another time: is the clock of the box right?');
      }
      const [found] = await db
        .select()
        .from(box)
        .where(and(eq(box.id, proof.boxId), eq(box.status, 'enrolled')))
        .limit(1);
      const publicKey = found?.publicKey ? ed25519Key(found.publicKey) : null;
      const challenge = Buffer.from(boxTokenChallenge(proof), 'utf8');
      if (!publicKey || !verify(null, challenge, publicKey, Buffer.from(proof.signature, 'base64url'))) {
        throw new HubError('unauthenticated', 'unknown box, revoked box, or wrong signature');
      }
      const token = newToken();
      const expiresAtMs = now() + TOKEN_VALID_MS;
      const issued = await db
        .insert(boxToken)
        .values({
          hash: hashOf(token),
          boxId: proof.boxId,
          nonce: proof.nonce,
          expiresAt: new Date(expiresAtMs),
        })
        .onConflictDoNothing({ target: [boxToken.boxId, boxToken.nonce] })
        .returning({ hash: boxToken.hash });
      if (issued.length === 0) throw new HubError('unauthenticated', 'this signature was used before');
      await db
        .update(box)
        .set({ lastSeenAt: new Date(now()) })
        .where(eq(box.id, proof.boxId));
      return { token, expiresAtMs };
    }),

    /** Who a box token belongs to; null for an unknown or expired one, and for a revoked box. */
    principalOfToken: guarded(async (token: string): Promise<BoxPrincipal | null> => {
      const [row] = await db
        .select({ id: box.id, name: box.name, institutionId: box.institutionId })
        .from(boxToken)
        .innerJoin(box, eq(box.id, boxToken.boxId))
        .where(
          and(
            eq(boxToken.hash, hashOf(token)),
            gt(boxToken.expiresAt, new Date(now())),
            eq(box.status, 'enrolled'),
          ),
        )
        .limit(1);
      return (
        (row && {
          kind: 'box',
          principalId: boxPrincipalId(row.id),
          boxId: row.id,
          name: row.name,
          institutionId: row.institutionId,
        }) ??
        null
      );
    }),

    /** Takes effect at once: no token, and no connection of the box is good any more. Its name stays on record. */
    revoke: guarded(async (boxId: string): Promise<void> => {
      await db.transaction(async (tx) => {
        await tx
          .update(box)
          .set({ status: 'revoked', revokedAt: new Date(now()) })
          .where(and(eq(box.id, boxId), ne(box.status, 'revoked')));
        await tx.delete(boxToken).where(eq(boxToken.boxId, boxId));
        await tx.delete(boxEnrolmentCode).where(eq(boxEnrolmentCode.boxId, boxId));
      });
      revoked(boxPrincipalId(boxId));
    }),

    rename: guarded(async (boxId: string, name: string): Promise<void> => {
      await db.update(box).set({ name }).where(eq(box.id, boxId));
    }),

    /** Its key stays, so it comes back by itself, as a box of the other institution; connections of the old one end. */
    move: guarded(async (boxId: string, institutionId: string): Promise<void> => {
      await db.update(box).set({ institutionId }).where(eq(box.id, boxId));
      revoked(boxPrincipalId(boxId));
    }),

    /** A new code for a box that is known: for a new machine in its place, or one that lost its key. @throws {HubError} conflict */
    newCode: guarded((boxId: string): Promise<{ code: string; expiresAtMs: number }> =>
      db.transaction(async (tx) => {
        const [found] = await tx.select({ status: box.status }).from(box).where(eq(box.id, boxId));
        if (!found || found.status === 'revoked')
          throw new HubError('conflict', 'a revoked box is enrolled as a new one');
        return replaceEnrolmentCode(tx, boxId, now());
      }),
    ),

    /** The boxes of an institution, revoked ones among them. */
    list: guarded(async (institutionId: string): Promise<BoxSummary[]> => {
      const rows = await db
        .select()
        .from(box)
        .where(eq(box.institutionId, institutionId))
        .orderBy(asc(box.name));
      return rows.map((row) => ({
        boxId: row.id,
        name: row.name,
        institutionId: row.institutionId,
        status: row.status,
        enrolledAtMs: row.enrolledAt?.getTime() ?? null,
        lastSeenAtMs: row.lastSeenAt?.getTime() ?? null,
      }));
    }),

    sweep: (): Promise<unknown> => db.delete(boxToken).where(lte(boxToken.expiresAt, new Date(now()))),
  };

  function enrolWith(request: { code: string; publicKey: string }) {
    const code = parseEnrolmentCode(request.code);
    return db.transaction(async (tx) => {
      const [row] = code
        ? await tx
            .select({ code: boxEnrolmentCode, box })
            .from(boxEnrolmentCode)
            .innerJoin(box, eq(box.id, boxEnrolmentCode.boxId))
            .where(eq(boxEnrolmentCode.hash, hashOf(code)))
            .limit(1)
            .for('update') // a second one with the same code waits here until the first is through
        : [];
      if (!row || row.code.expiresAt.getTime() <= now() || row.box.status === 'revoked') {
        throw new HubError('expired', 'the code is wrong, used up or past its time');
      }
      const sameKey = row.box.publicKey === request.publicKey;
      const answer = { boxId: row.box.id, name: row.box.name };
      if (row.code.usedAt) {
        if (sameKey) return { ...answer, replacedKey: false };
        throw new HubError('expired', 'the code is used up');
      }
      const at = new Date(now());
      await tx.update(boxEnrolmentCode).set({ usedAt: at }).where(eq(boxEnrolmentCode.hash, row.code.hash));
      await tx
        .update(box)
        .set({ publicKey: request.publicKey, status: 'enrolled', enrolledAt: at })
        .where(eq(box.id, row.box.id));
      const replacedKey = row.box.publicKey !== null && !sameKey;
      if (replacedKey) await tx.delete(boxToken).where(eq(boxToken.boxId, row.box.id));
      return { ...answer, replacedKey };
    });
  }
}

/** Reads SubjectPublicKeyInfo in base64url; null when it is anything but an Ed25519 key. */
function ed25519Key(publicKey: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}
