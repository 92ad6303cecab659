import { writeFile } from 'node:fs/promises';

/** As small as still moves: what is tested is that pictures come, and five people in a room have two cores. */
const WIDTH_PX = 160;
const HEIGHT_PX = 120;
const FRAMES_PER_SECOND = 10;
const FRAMES = 30;
const GREY = 128;

/** Writes what Chromium's camera of a file plays in a loop (YUV4MPEG2, 4:2:0): a bright bar that goes across. */
export async function writeFakeCamera(file: string): Promise<void> {
  const parts: Uint8Array[] = [
    Buffer.from(`YUV4MPEG2 W${WIDTH_PX} H${HEIGHT_PX} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`),
  ];
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = new Uint8Array(WIDTH_PX * HEIGHT_PX).fill(40);
    const barPx = Math.round((frame / FRAMES) * WIDTH_PX);
    for (let y = 0; y < HEIGHT_PX; y++)
      luma.fill(220, y * WIDTH_PX + barPx, y * WIDTH_PX + Math.min(barPx + 24, WIDTH_PX));
    parts.push(Buffer.from('FRAME\n'), luma, new Uint8Array((WIDTH_PX * HEIGHT_PX) / 2).fill(GREY));
  }
  await writeFile(file, Buffer.concat(parts));
}
