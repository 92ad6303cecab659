import { inflateRawSync } from 'node:zlib';
import { MAX_CHUNK_BYTES, unpackVitals } from '../vitals/chunk.ts';
import type { VitalsFrame } from '../vitals/frame.ts';

/** The body of a vitals record. @throws when it is not exactly that, or inflates to more than a second can hold. */
export function readVitals(body: Uint8Array): VitalsFrame[] {
  return unpackVitals(inflateRawSync(body, { maxOutputLength: MAX_CHUNK_BYTES }));
}
