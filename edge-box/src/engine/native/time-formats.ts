/** Time as RTP and RTCP write it. */
const NTP_UNIX_OFFSET_S = 2_208_988_800;

/** Milliseconds since 1970 as 64-bit NTP time (32 bits of seconds since 1900, 32 bits of fraction). */
export function ntpFromUnixMs(unixMs: number): { seconds: number; fraction: number } {
  const wholeSeconds = Math.floor(unixMs / 1000);
  const fraction = Math.floor(((unixMs - wholeSeconds * 1000) / 1000) * 2 ** 32);
  return { seconds: (wholeSeconds + NTP_UNIX_OFFSET_S) >>> 0, fraction: fraction >>> 0 };
}
