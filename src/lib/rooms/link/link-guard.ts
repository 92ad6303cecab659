/** How the link of an operation stands by the hub's own figures; null: not known yet. */
export interface LinkGuard {
  link: 'good' | 'red' | null;
  /** What the last looks said, and since when (hub time, ms) they all say so. */
  run: { red: boolean; sinceMs: number } | null;
}

export const UNKNOWN_LINK: LinkGuard = { link: null, run: null };

/** Ours: longer than a typical change of cells (35–110 ms; SIGCOMM'20 in the design's numbers), so that none of those stops an operation. */
export const RED_AFTER_MS = 500;
/** A link that drives changes its cell every 47 s (UCC 5G data set, same place): one that has not lived through a change is not known to be good. */
export const GOOD_AFTER_MS = 47_000;

/** Red nearly at once, good only after a long calm: authority must not swing between two theatres. Pure. */
export function guarded({ link, run }: LinkGuard, red: boolean, atMs: number): LinkGuard {
  const now = run?.red === red ? run : { red, sinceMs: atMs };
  const lasted = atMs - now.sinceMs;
  if (red && lasted >= RED_AFTER_MS) return { link: 'red', run: now };
  if (!red && lasted >= GOOD_AFTER_MS) return { link: 'good', run: now };
  return { link, run: now };
}

/** What the hub measures of the way between the two theatres. */
export interface LinkSample {
  /** Theatre to hub and hub to surgeon, both ways together. */
  rttMs: number;
  /** Since something of a clinical picture arrived from the theatre. */
  pictureSilentMs: number;
  /** Since anything arrived from the surgeon's end, who sends reports of what is received all the time. */
  surgeonSilentMs: number;
}

/** The latency guard: red above 300 ms, or without a frame for 500 ms (ours, in the design's numbers). */
const RED_ABOVE_MS = 300;
const NO_FRAME_MS = 500;
/** Of a picture's age, what is not the way: 202 ms glass to glass at a round trip of 47 (Luxembourg 5G study, same place). */
const CODEC_AND_BUFFERS_MS = 202 - 47 / 2;
/** Ours: receivers report several times a second; twice the longest pause between two reports. */
const NO_REPORT_MS = 2_000;

export function isRed({ rttMs, pictureSilentMs, surgeonSilentMs }: LinkSample): boolean {
  return (
    CODEC_AND_BUFFERS_MS + rttMs / 2 > RED_ABOVE_MS ||
    pictureSilentMs > NO_FRAME_MS ||
    surgeonSilentMs > NO_REPORT_MS
  );
}
