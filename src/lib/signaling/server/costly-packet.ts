import { MAX_REQUEST_BYTES } from '../contract/index.ts';

/** No message of the contract is a third as deep. */
const MAX_NESTING = 64;
/** Below this a packet is cheap whatever it holds. */
const CHEAP_LENGTH = 2048;

/**
 * Whether socket.io spends far more on reading this packet than on an honest one; it does so before any of our own
 * checks. Measured: 1 MB of nested brackets keep the hub busy for 0.9 s, 40 kB for 80 ms.
 */
export function isCostlyPacket(data: unknown): boolean {
  if (typeof data !== 'string') return data instanceof Uint8Array && data.byteLength > MAX_REQUEST_BYTES;
  if (data.length <= CHEAP_LENGTH) return false;
  if (data.length > MAX_REQUEST_BYTES) return true;
  let nesting = 0;
  for (let index = 0; index < data.length; index++) {
    const char = data.charCodeAt(index);
    if (char === 0x5b || char === 0x7b) nesting++;
    else if (char === 0x5d || char === 0x7d) nesting--;
    if (nesting > MAX_NESTING) return true;
  }
  return false;
}
