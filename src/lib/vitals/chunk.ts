import { decodeVitalsFrame, VitalsFrameError, type VitalsFrame } from './frame.ts';

/** Vitals messages of about a second in one piece, for a box's outbox: u16 length (little endian), message, and so on. */
export const MAX_CHUNK_BYTES = 256 * 1024;

export function packVitals(messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = messages.reduce((sum, message) => sum + 2 + message.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const message of messages) {
    view.setUint16(at, message.length, true);
    bytes.set(message, at + 2);
    at += 2 + message.length;
  }
  return bytes;
}

/** @throws {VitalsFrameError} when it is anything but whole, well-formed messages. */
export function unpackVitals(bytes: Uint8Array): VitalsFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: VitalsFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = at + 2 > bytes.length ? Infinity : view.getUint16(at, true);
    if (at + 2 + length > bytes.length) throw new VitalsFrameError('cut short');
    frames.push(decodeVitalsFrame(bytes.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  if (frames.length === 0) throw new VitalsFrameError('holds nothing');
  return frames;
}
