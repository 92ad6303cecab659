import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boxEnrolSchema, boxTokenChallenge, boxTokenProofSchema } from '../signaling/contract/index.ts';
import { boxEnrolmentCode, boxToken, loginAttempt } from '../storage/index.ts';
import { newEnrolmentCode, parseEnrolmentCode } from './enrolment-code.ts';
import { HOSPITAL, refusal, startTestIdentity, type TestIdentity } from './testing.ts';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startTestIdentity();
});
afterAll(() => identity.stop());
beforeEach(async () => {
  await identity.db.delete(loginAttempt);
  identity.revoked.length = 0;
});

const clinic = { address: '10.0.0.1' };
const newCode = () => identity.boxes.createEnrolmentCode({ institutionId: HOSPITAL, name: '一号盒' });

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    prove: (boxId: string, timestampMs = identity.clock.nowMs) => {
      const claim = { boxId, timestampMs, nonce: randomBytes(16).toString('base64url') };
      const signature = sign(null, Buffer.from(boxTokenChallenge(claim)), privateKey).toString('base64url');
      return boxTokenProofSchema.parse({ ...claim, signature });
    },
  };
}

async function enrolledBox() {
  const key = newKey();
  const { code, boxId } = await newCode();
  await identity.boxes.enrol({ code, publicKey: key.publicKey }, clinic);
  return { boxId, key };
}

describe('enrolment', () => {
  it('binds the key to the box that the code was made for', async () => {
    const key = newKey();
    const { code, boxId } = await newCode();
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    const request = boxEnrolSchema.parse({
      code: ` ${code.toLowerCase()} `,
      publicKey: key.publicKey,
      name: 'x',
    });
    expect(await identity.boxes.enrol(request, clinic)).toEqual({ boxId, name: '一号盒' });
    const listed = (await identity.boxes.list(HOSPITAL)).find((box) => box.boxId === boxId);
    expect(listed).toMatchObject({ status: 'enrolled', name: '一号盒' });
    expect(JSON.stringify(await identity.db.select().from(boxEnrolmentCode))).not.toContain(
      code.replace('-', ''),
    );
  });

  it('answers a box that asks again, since the answer may have been lost, and no other', async () => {
    const key = newKey();
    const { code, boxId } = await newCode();
    const request = { code, publicKey: key.publicKey };
    await identity.boxes.enrol(request, clinic);
    expect(await identity.boxes.enrol(request, clinic)).toMatchObject({ boxId });
    expect(await refusal(identity.boxes.enrol({ code, publicKey: newKey().publicKey }, clinic))).toBe(
      'expired',
    );
    expect(await refusal(identity.boxes.issueToken(key.prove(boxId)))).toBe('not refused');
  });

  it('is won by exactly one of two boxes at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { code } = await newCode();
      const both = await Promise.all(
        [newKey(), newKey()].map(({ publicKey }) =>
          refusal(identity.boxes.enrol({ code, publicKey }, clinic)),
        ),
      );
      expect(both.sort()).toEqual(['expired', 'not refused']);
    }
  });

  it('refuses a wrong code, an old one, and a key that is none or belongs to another box', async () => {
    const { publicKey } = newKey();
    expect(await refusal(identity.boxes.enrol({ code: 'AAAAA-AAAAA', publicKey }, clinic))).toBe('expired');
    expect(await refusal(identity.boxes.enrol({ code: 'not a code', publicKey }, clinic))).toBe('expired');
    const old = await newCode();
    identity.clock.nowMs += 24 * 3_600_000;
    expect(await refusal(identity.boxes.enrol({ code: old.code, publicKey }, clinic))).toBe('expired');
    const { code } = await newCode();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      type: 'spki',
      format: 'der',
    });
    for (const bad of [rsa.toString('base64url'), 'A'.repeat(59)]) {
      expect(await refusal(identity.boxes.enrol({ code, publicKey: bad }, clinic))).toBe('invalid_message');
    }
    const { key } = await enrolledBox();
    expect(await refusal(identity.boxes.enrol({ code, publicKey: key.publicKey }, clinic))).toBe('conflict');
    expect(await refusal(identity.boxes.enrol({ code, publicKey }, clinic))).toBe('not refused');
  });

  it('stops guessing codes from one address', async () => {
    const guess = () =>
      refusal(identity.boxes.enrol({ code: newEnrolmentCode(), publicKey: newKey().publicKey }, clinic));
    const outcomes = await Promise.all(Array.from({ length: 12 }, guess));
    expect(outcomes.filter((outcome) => outcome === 'rate_limited')).toHaveLength(2);
  });

  it('reads a code however it is typed', () => {
    expect(parseEnrolmentCode('oil12-3 4567')).toBe('0111234567');
    expect(parseEnrolmentCode('UUUUU-UUUUU')).toBeNull();
    expect(parseEnrolmentCode('123456789')).toBeNull();
  });
});

describe('a box token', () => {
  it('says which box, for ten minutes', async () => {
    const { boxId, key } = await enrolledBox();
    const { token, expiresAtMs } = await identity.boxes.issueToken(key.prove(boxId));
    expect(expiresAtMs).toBe(identity.clock.nowMs + 600_000);
    expect(await identity.principalOfBoxToken(token)).toEqual({
      kind: 'box',
      principalId: `b_${boxId}`,
      boxId,
      name: '一号盒',
      institutionId: HOSPITAL,
    });
    expect(JSON.stringify(await identity.db.select().from(boxToken))).not.toContain(token);
    identity.clock.nowMs += 600_000;
    expect(await identity.principalOfBoxToken(token)).toBeNull();
    expect(await identity.principalOfBoxToken('A'.repeat(43))).toBeNull();
  });

  it('is given once for a signature, also when two ask at once', async () => {
    const { boxId, key } = await enrolledBox();
    const proof = key.prove(boxId);
    const both = await Promise.all([
      refusal(identity.boxes.issueToken(proof)),
      refusal(identity.boxes.issueToken(proof)),
    ]);
    expect(both.sort()).toEqual(['not refused', 'unauthenticated']);
    // Nor later, while the time in it still fits, whatever was cleared away meanwhile.
    identity.clock.nowMs += 59_000;
    await identity.sweep();
    expect(await refusal(identity.boxes.issueToken(proof))).toBe('unauthenticated');
    identity.clock.nowMs += 601_000;
    await identity.sweep();
    expect(await refusal(identity.boxes.issueToken(proof))).toBe('unauthenticated');
  });

  it('is not given for a stolen old signature, one of the future, or one by another key', async () => {
    const { boxId, key } = await enrolledBox();
    const { nowMs } = identity.clock;
    expect(await refusal(identity.boxes.issueToken(key.prove(boxId, nowMs - 60_001)))).toBe(
      'unauthenticated',
    );
    expect(await refusal(identity.boxes.issueToken(key.prove(boxId, nowMs + 60_001)))).toBe(
      'unauthenticated',
    );
    expect(await refusal(identity.boxes.issueToken(key.prove(boxId, nowMs - 59_000)))).toBe('not refused');
    expect(await refusal(identity.boxes.issueToken(newKey().prove(boxId)))).toBe('unauthenticated');
    expect(await refusal(identity.boxes.issueToken(key.prove('no-such-box')))).toBe('unauthenticated');
    const other = await enrolledBox();
    const moved = { ...key.prove(boxId), boxId: other.boxId };
    expect(await refusal(identity.boxes.issueToken(moved))).toBe('unauthenticated');
    const later = { ...key.prove(boxId, nowMs - 90_000), timestampMs: nowMs };
    expect(await refusal(identity.boxes.issueToken(later))).toBe('unauthenticated');
  });

  it('is worth nothing from the moment its box is revoked; the hardware may come again with a new code', async () => {
    const { boxId, key } = await enrolledBox();
    const { token } = await identity.boxes.issueToken(key.prove(boxId));
    await identity.boxes.revoke(boxId);
    expect(await identity.principalOfBoxToken(token)).toBeNull();
    expect(await refusal(identity.boxes.issueToken(key.prove(boxId)))).toBe('unauthenticated');
    expect(identity.revoked).toEqual([`b_${boxId}`]);
    const next = await newCode();
    await identity.boxes.enrol({ code: next.code, publicKey: key.publicKey }, clinic);
    expect(await refusal(identity.boxes.issueToken(key.prove(next.boxId)))).toBe('not refused');
    expect(await refusal(identity.boxes.issueToken(key.prove(boxId)))).toBe('unauthenticated');
  });

  it('cannot be had with a code that was made before the box was revoked', async () => {
    const { boxId, code } = await newCode();
    await identity.boxes.revoke(boxId);
    expect(await refusal(identity.boxes.enrol({ code, publicKey: newKey().publicKey }, clinic))).toBe(
      'expired',
    );
  });
});
