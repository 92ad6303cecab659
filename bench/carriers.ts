import { monotonicMs } from '../test/link/arrivals.ts';
import { otherCarrier, whyNoNamespaces } from '../test/link/carriers.ts';
import { TwoCarrierBox, until } from '../test/link/two-carrier-box.ts';
import { cutBoth, type BothCut } from '../test/link/both-cut.ts';

const CUTS = 10;
/** What the path that is back may have lost of its latest checks, so that the next cut does not find it counted as poor. */
const FORGIVEN_PART = 0.03;
const FORGIVEN_WITHIN_MS = 60_000;
const MOVES_WITHIN_MS = 20_000;
const BOTH_GONE_MS = 60_000;

export interface CarriersResult {
  cuts: { how: 'cut' | 'unplug'; picturesMs: number; soundMs: number }[];
  /** That the box asked the hub for in all this. */
  sessions: number;
  bothCut: BothCut;
}

/** Null, with the reason on the terminal, where there are no network namespaces. */
export async function measureCarriers(): Promise<CarriersResult | null> {
  const skipped = await whyNoNamespaces();
  if (skipped) {
    console.error(`two carriers are not measured: ${skipped}`);
    return null;
  }
  return { ...(await cutTheOneInUse()), bothCut: await cutBoth(BOTH_GONE_MS) };
}

async function cutTheOneInUse(): Promise<Pick<CarriersResult, 'cuts' | 'sessions'>> {
  const box = await TwoCarrierBox.open();
  try {
    const cuts: CarriersResult['cuts'] = [];
    for (let cut = 0; cut < CUTS; cut++) cuts.push(await lose(box, cut % 2 === 0 ? 'cut' : 'unplug'));
    return { cuts, sessions: box.sessions };
  } finally {
    await box.close();
  }
}

async function lose(box: TwoCarrierBox, how: 'cut' | 'unplug'): Promise<CarriersResult['cuts'][number]> {
  const gone = box.active;
  if (!gone) throw new Error('no carrier is in use');
  const goneAtMs = monotonicMs();
  await box.carriers[how](gone);
  await until('the other carrier', () => box.active === otherCarrier(gone), MOVES_WITHIN_MS);
  await box.flowing();
  const picturesMs = box.pictures.longestGapMs(goneAtMs);
  const soundMs = box.sound.longestGapMs(goneAtMs);
  await box.carriers[how === 'cut' ? 'mend' : 'plugIn'](gone);
  const isForgiven = () => (box.lossPart(gone) ?? 1) <= FORGIVEN_PART;
  await until('the mended carrier is good again', isForgiven, FORGIVEN_WITHIN_MS);
  return { how, picturesMs, soundMs };
}
