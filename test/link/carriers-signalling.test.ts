import { describe, expect, it } from 'vitest';
import { whyNoNamespaces } from './carriers.ts';
import { cutOne } from './one-cut.ts';

const skipped = await whyNoNamespaces();
if (skipped) console.error(`signalling over two carriers is not tested: ${skipped}`);

/** Silence that TCP would sit out, longer than the box takes to notice an unanswered hub. */
const SILENT_MS = 18_000;

describe.skipIf(skipped !== null)('a box whose signalling goes by a carrier that falls silent', () => {
  it('goes on by the other one: same room, same session, and what it measures is at the hub meanwhile', async () => {
    const { recordsInTime, ...outcome } = await cutOne(SILENT_MS);
    expect(outcome).toMatchObject({ pathsLost: 0, roomsLeft: 0 });
    // One a second.
    expect(recordsInTime).toBeGreaterThan(SILENT_MS / 2000 / 2);
  }, 180_000);
});
