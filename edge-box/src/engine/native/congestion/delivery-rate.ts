import type { Report } from './sent-packets.ts';

/** Fewer packets than this say nothing about a rate. */
const MIN_PACKETS = 3;

/** How fast packets were sent and how fast they came out at the other end, in kbit/s. */
export interface DeliveryRate {
  sentKbps: number;
  arrivedKbps: number;
  /** From the first arrival to the last. */
  spanMs: number;
}

/** Rates of the packets that arrived, in the order of sending; null when they are too few or came at one moment. */
export function deliveryRateOf(reports: readonly Report[]): DeliveryRate | null {
  let bytes = 0;
  let firstBytes = 0;
  let count = 0;
  let [firstSendMs, lastSendMs, firstArrivalMs, lastArrivalMs] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { bytes: size, sendMs, arrivalMs } of reports) {
    if (arrivalMs === null) continue;
    if (count++ === 0) firstBytes = size;
    bytes += size;
    firstSendMs = Math.min(firstSendMs, sendMs);
    lastSendMs = Math.max(lastSendMs, sendMs);
    firstArrivalMs = Math.min(firstArrivalMs, arrivalMs);
    lastArrivalMs = Math.max(lastArrivalMs, arrivalMs);
  }
  const spanMs = lastArrivalMs - firstArrivalMs;
  if (count < MIN_PACKETS || spanMs <= 0) return null;
  // The first packet's bytes went before the span began.
  const bits = (bytes - firstBytes) * 8;
  return {
    sentKbps: bits / Math.max(lastSendMs - firstSendMs, 0.1),
    arrivedKbps: bits / spanMs,
    spanMs,
  };
}

/**
 * How fast the link works while it is busy, in kbit/s: from packets that reached it before the one ahead of them had left. What lies between
 * two bursts of a sender is not the link's doing and does not count. Null when fewer than three packets in a row say so, or within less
 * than `minSpanMs`.
 */
export function serviceKbpsOf(
  reports: readonly Report[],
  pathMs: number,
  { queuedMs, minSpanMs }: { queuedMs: number; minSpanMs: number },
): number | null {
  let bits = 0;
  let spanMs = 0;
  let packets = 0;
  let ahead: number | null = null;
  for (const { bytes, sendMs, arrivalMs } of reports) {
    if (
      ahead !== null &&
      arrivalMs !== null &&
      arrivalMs - sendMs - pathMs > queuedMs &&
      sendMs + pathMs < ahead
    ) {
      bits += bytes * 8;
      spanMs += Math.max(0, arrivalMs - ahead);
      packets++;
    }
    // A lost packet may have had its share of the link's time or not.
    ahead = arrivalMs;
  }
  return packets < MIN_PACKETS - 1 || spanMs < minSpanMs ? null : bits / spanMs;
}
