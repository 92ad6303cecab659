/** RFC 6716, 3.1: what the first byte of an Opus packet says. */

/** Frame lengths in ms of the configurations 0–31. */
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];
/** RFC 6716, 3.4: no packet is longer. */
const MAX_PACKET_MS = 120;

function frameMs(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return SILK_MS[config & 3] ?? 0;
  return config < 16 ? (HYBRID_MS[config & 1] ?? 0) : (CELT_MS[config & 3] ?? 0);
}

/** How much sound a packet holds, in ms; null for what cannot be one. */
export function opusDurationMs(packet: Uint8Array): number | null {
  const toc = packet[0];
  if (toc === undefined) return null;
  const code = toc & 3;
  const frames = code === 3 ? (packet[1] ?? 0) & 0x3f : code === 0 ? 1 : 2;
  const durationMs = frames * frameMs(toc);
  return durationMs > 0 && durationMs <= MAX_PACKET_MS ? durationMs : null;
}

/**
 * A frame of no length, in the manner of `packet`: libopus fills in for it as for a lost one (RFC 6716, 3.2.1). FFmpeg has no other way to
 * ask for that.
 */
export function concealmentFor(packet: Uint8Array): Uint8Array {
  return Uint8Array.of((packet[0] ?? 0) & ~3);
}
