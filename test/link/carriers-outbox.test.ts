import { describe, expect, it } from 'vitest';
import { LATE_MS } from '../../src/lib/records/timeline.ts';
import { cutBoth } from './both-cut.ts';
import { whyNoNamespaces } from './carriers.ts';

const skipped = await whyNoNamespaces();
if (skipped) console.error(`a box without a carrier is not tested: ${skipped}`);

/** So long that what was measured at its beginning counts as late. */
const GONE_MS = LATE_MS + 1_000;

describe.skipIf(skipped !== null)('a box whose carriers are all gone for a while', () => {
  it(
    'loses no vital and no capture and doubles none; what came late is marked',
    { timeout: 240_000 },
    async () => {
      const outcome = await cutBoth(GONE_MS);
      expect(outcome).toMatchObject({
        ...{ missing: 0, repeated: 0, missingMessages: 0, repeatedMessages: 0 },
        ...{ captures: 4, wholeCaptures: 4 },
      });
      // The ECG alone has ten messages a second.
      expect(outcome.messagesWhileGone).toBeGreaterThan((GONE_MS / 1000) * 5);
      expect(outcome.lateCaptures).toBeGreaterThanOrEqual(1);
      expect(outcome.lateMs).toBeGreaterThan(0);
    },
  );
});
