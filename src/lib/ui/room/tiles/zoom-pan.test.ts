import { expect, test } from 'vitest';
import { MAX_ZOOM, ZoomPan } from './zoom-pan.ts';

function zoom(): ZoomPan {
  const it = new ZoomPan();
  it.resize(800, 600);
  return it;
}

/** Where in the picture (pixels from its middle, unzoomed) a view point looks. */
const seenAt = (it: ZoomPan, x: number): number => (x - it.offsetX) / it.scale;

test('what is under the pointer stays under it', () => {
  const it = zoom();
  it.zoomBy(2, 120, -80);
  const before = seenAt(it, 50);
  it.zoomBy(1.5, 50, 0);
  expect(seenAt(it, 50)).toBeCloseTo(before, 6);
});

test('zoom is bounded, and zooming out ends at the fitted picture', () => {
  const it = zoom();
  it.zoomBy(1000, 300, 200);
  expect(it.scale).toBe(MAX_ZOOM);
  it.zoomBy(1 / 1000, -300, 10);
  expect({ scale: it.scale, x: it.offsetX, y: it.offsetY }).toEqual({ scale: 1, x: 0, y: 0 });
});

test('cannot be dragged out of the picture, zoomed or not', () => {
  const it = zoom();
  it.panBy(500, 500);
  expect([it.offsetX, it.offsetY]).toEqual([0, 0]);
  it.zoomBy(2);
  it.panBy(5000, -5000);
  expect([it.offsetX, it.offsetY]).toEqual([400, -300]);
});

test('a smaller view keeps the picture inside', () => {
  const it = zoom();
  it.zoomBy(2);
  it.panBy(400, 300);
  it.resize(400, 300);
  expect([it.offsetX, it.offsetY]).toEqual([200, 150]);
});
