/**
 * The capture clock as blocks in the picture, for machines. No imports: runs in the box, in tests and in a browser.
 *
 * Layout, scale-free: a block is `round(width / 40)` px square (32 at 1280, 16 at 640). The code is 20 × 2 blocks and
 * its top left corner is at (1 block, 1 block).
 *
 *   row 0: white black | time bits 23…8, most significant first | black white
 *   row 1: black white | time bits 7…0, then CRC-8 bits 7…0     | white black
 *
 * White is 1. Time is the hub time of the capture in ms, modulo 2^24 (4 h 39 min). CRC-8 is polynomial 0x07, initial value
 * 0xff, over the three time bytes. A reader takes the mean of the middle of each block, sets its threshold halfway
 * between the eight known blocks' white and black, and believes nothing unless contrast, known blocks and CRC agree.
 */
export const CLOCK_MODULUS_MS = 2 ** 24;
const COLUMNS = 20;
const ROWS = 2;
const BLOCKS_PER_WIDTH = 40;
const WHITE = 235;
const BLACK = 16;
const MIN_CONTRAST = 60;

const ROW_FRAMES = [
  { head: [1, 0], tail: [0, 1] },
  { head: [0, 1], tail: [1, 0] },
] as const;

function crc8(bytes: readonly number[]): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

function timeBytes(timeMs: number): [number, number, number] {
  const whole = Math.floor(timeMs);
  const code = ((whole % CLOCK_MODULUS_MS) + CLOCK_MODULUS_MS) % CLOCK_MODULUS_MS;
  return [code >>> 16, (code >>> 8) & 0xff, code & 0xff];
}

/** Block size in px for a picture of this width. */
export function clockBlockPx(width: number): number {
  return Math.round(width / BLOCKS_PER_WIDTH);
}

/** The 40 bits of the code, row by row. */
export function clockCodeBits(hubTimeMs: number): number[] {
  const bytes = timeBytes(hubTimeMs);
  const data = [...bytes, crc8(bytes)].flatMap((byte) =>
    Array.from({ length: 8 }, (_, bit) => (byte >> (7 - bit)) & 1),
  );
  return ROW_FRAMES.flatMap((frame, row) => [
    ...frame.head,
    ...data.slice(row * 16, row * 16 + 16),
    ...frame.tail,
  ]);
}

/** Draws the code into an 8-bit luma plane (`stride` bytes a line). */
export function drawClockCode(luma: Uint8Array, width: number, hubTimeMs: number, stride = width): void {
  const block = clockBlockPx(width);
  const bits = clockCodeBits(hubTimeMs);
  for (let row = 0; row < ROWS; row++) {
    const top = block * (1 + row);
    for (let column = 0; column < COLUMNS; column++) {
      const left = top * stride + block * (1 + column);
      luma.fill(bits[row * COLUMNS + column] ? WHITE : BLACK, left, left + block);
    }
    const lineStart = top * stride + block;
    for (let y = 1; y < block; y++) {
      luma.copyWithin(lineStart + y * stride, lineStart, lineStart + block * COLUMNS);
    }
  }
}

/**
 * Reads the code from a luma plane (width × height bytes) or from RGBA pixels (four times as many, as `ImageData.data`).
 * Returns the hub time of the capture in ms modulo `CLOCK_MODULUS_MS`, or null when there is no believable code.
 */
export function readClockCode(
  pixels: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
): number | null {
  const bytesPerPixel = pixels.length >= width * height * 4 ? 4 : 1;
  const block = width / BLOCKS_PER_WIDTH;
  if (block < 4 || height < block * (ROWS + 1) || pixels.length < width * height) return null;

  const brightness = (column: number, row: number): number => {
    const fromX = Math.round(block * (1.25 + column));
    const toX = Math.max(fromX + 1, Math.round(block * (1.75 + column)));
    const fromY = Math.round(block * (1.25 + row));
    const toY = Math.max(fromY + 1, Math.round(block * (1.75 + row)));
    let sum = 0;
    for (let y = fromY; y < toY; y++) {
      for (let x = fromX; x < toX; x++) {
        const at = (y * width + x) * bytesPerPixel;
        // The code is grey, so green alone is its brightness.
        sum += pixels[bytesPerPixel === 4 ? at + 1 : at] ?? 0;
      }
    }
    return sum / ((toX - fromX) * (toY - fromY));
  };

  const levels = ROW_FRAMES.map((_, row) => Array.from({ length: COLUMNS }, (_, c) => brightness(c, row)));
  let whiteSum = 0;
  let blackSum = 0;
  const known: { level: number; bit: number }[] = [];
  ROW_FRAMES.forEach((frame, row) => {
    const line = levels[row] ?? [];
    [...frame.head, ...frame.tail].forEach((bit, i) => {
      const level = line[i < 2 ? i : COLUMNS - 4 + i] ?? 0;
      known.push({ level, bit });
      if (bit) whiteSum += level;
      else blackSum += level;
    });
  });
  const half = known.length / 2;
  if ((whiteSum - blackSum) / half < MIN_CONTRAST) return null;
  const threshold = (whiteSum + blackSum) / (2 * half);
  if (known.some(({ level, bit }) => level > threshold !== (bit === 1))) return null;

  const bytes = [0, 0, 0, 0];
  levels
    .flatMap((line) => line.slice(2, COLUMNS - 2))
    .forEach((level, i) => {
      if (level > threshold) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (0x80 >> (i & 7));
    });
  const [high = 0, middle = 0, low = 0, crc = 0] = bytes;
  if (crc8([high, middle, low]) !== crc) return null;
  return high * 65536 + middle * 256 + low;
}

/** Age in ms of a picture whose code reads `codeMs`, seen at `hubNowMs`. Right as long as it is under two hours old. */
export function ageFromClockCode(codeMs: number, hubNowMs: number): number {
  const now = ((hubNowMs % CLOCK_MODULUS_MS) + CLOCK_MODULUS_MS) % CLOCK_MODULUS_MS;
  const age = now - codeMs;
  if (age < -CLOCK_MODULUS_MS / 2) return age + CLOCK_MODULUS_MS;
  return age > CLOCK_MODULUS_MS / 2 ? age - CLOCK_MODULUS_MS : age;
}
