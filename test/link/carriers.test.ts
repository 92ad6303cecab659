import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicMs } from './arrivals.ts';
import { CARRIERS, otherCarrier, whyNoNamespaces } from './carriers.ts';
import { TwoCarrierBox, until } from './two-carrier-box.ts';

const skipped = await whyNoNamespaces();
if (skipped) console.error(`two carriers are not tested: ${skipped}`);

/** The worker, the box's engine and two carriers between them are real; the carriers' delay is that of this machine. */
describe.skipIf(skipped !== null)('a box with two carriers', { timeout: 90_000 }, () => {
  let box: TwoCarrierBox;
  beforeEach(async () => {
    box = await TwoCarrierBox.open();
  });
  afterEach(() => box?.close());

  it.each(['cut', 'unplug'] as const)(
    'goes on by the other carrier when the one in use is gone (%s), in the same session',
    async (how) => {
      const first = box.active!;
      const cutAtMs = monotonicMs();
      await box.carriers[how](first);
      await until('the other carrier', () => box.active === otherCarrier(first), 20_000);
      await box.flowing();
      expect(box.pictures.lastMs).toBeGreaterThan(cutAtMs);
      // 500 ms is the goal, which the bench holds us to; tests share the machine.
      expect(box.pictures.longestGapMs(cutAtMs)).toBeLessThan(2_000);
      expect(box.sound.longestGapMs(cutAtMs)).toBeLessThan(2_000);
      expect(box.sessions).toBe(1);
    },
  );

  it('is back by itself, still in the same session, after both were gone for a while', async () => {
    for (const carrier of CARRIERS) await box.carriers.cut(carrier);
    await until('silence', () => monotonicMs() - box.pictures.lastMs > 4_000, 20_000);
    await box.carriers.mend('unicom');
    await box.flowing();
    expect(box.sessions).toBe(1);
    await until('the carrier that is back', () => box.active === 'unicom', 10_000);
  });
});
