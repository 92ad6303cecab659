/** The capture clock for people: HH:MM:SS.mmm, drawn from a 5 × 7 dot font straight into a luma plane. */
const FONT: Record<string, readonly number[]> = {
  '0': [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
  '1': [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
  '2': [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
  '3': [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
  '4': [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
  '5': [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
  '6': [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
  '7': [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
  '8': [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
  '9': [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
  ':': [0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00],
  '.': [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c],
};
const FONT_WIDTH = 5;
const FONT_HEIGHT = 7;
const CELL_WIDTH = FONT_WIDTH + 1;

export interface DigitsPlace {
  left: number;
  top: number;
  /** Pixels per font dot. */
  dot: number;
  ink: number;
  paper: number;
}

/** `HH:MM:SS.mmm` in the time zone of the box. */
export function clockText(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

export function drawText(luma: Uint8Array, stride: number, text: string, place: DigitsPlace): void {
  const { left, top, dot, ink, paper } = place;
  const width = text.length * CELL_WIDTH * dot;
  for (let fontRow = 0; fontRow < FONT_HEIGHT; fontRow++) {
    const start = (top + fontRow * dot) * stride + left;
    luma.fill(paper, start, start + width);
    for (let i = 0; i < text.length; i++) {
      const bits = FONT[text[i] ?? '']?.[fontRow] ?? 0;
      for (let column = 0; column < FONT_WIDTH; column++) {
        if (!(bits & (0x10 >> column))) continue;
        const at = start + (i * CELL_WIDTH + column) * dot;
        luma.fill(ink, at, at + dot);
      }
    }
    for (let y = 1; y < dot; y++) luma.copyWithin(start + y * stride, start, start + width);
  }
}
