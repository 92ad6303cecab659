import { ZOOM_STEP, type ZoomPan } from './zoom-pan.ts';

const PAN_KEY_PX = 48;

/** Wheel, pinch, drag and keys on the area of a picture. Returns what takes them off again. */
export function zoomGestures(area: HTMLElement, zoom: ZoomPan, changed: () => void): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  const abort = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ): void => area.addEventListener(type, listener, { signal: abort.signal, passive: false });

  const fromMiddle = (x: number, y: number): [number, number] => {
    const box = area.getBoundingClientRect();
    return [x - box.left - box.width / 2, y - box.top - box.height / 2];
  };

  on('wheel', (event) => {
    event.preventDefault();
    // Lines or pages become pixels; a trackpad's pinch arrives as a wheel with Ctrl and small steps.
    const px = event.deltaY * (event.deltaMode === 0 ? 1 : 30) * (event.ctrlKey ? 4 : 1);
    zoom.zoomBy(Math.exp(-px / 500), ...fromMiddle(event.clientX, event.clientY));
    changed();
  });

  on('pointerdown', (event) => {
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    area.setPointerCapture(event.pointerId);
  });
  on('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...pointers].find(([pointerId]) => pointerId !== event.pointerId)?.[1];
    if (other) {
      const spread = Math.hypot(now.x - other.x, now.y - other.y);
      const spreadBefore = Math.hypot(before.x - other.x, before.y - other.y);
      if (spreadBefore > 0) {
        zoom.zoomBy(spread / spreadBefore, ...fromMiddle((now.x + other.x) / 2, (now.y + other.y) / 2));
      }
      zoom.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else {
      zoom.panBy(now.x - before.x, now.y - before.y);
    }
    pointers.set(event.pointerId, now);
    changed();
  });
  const released = (event: PointerEvent): void => void pointers.delete(event.pointerId);
  on('pointerup', released);
  on('pointercancel', released);
  on('dblclick', (event) => {
    if (zoom.scale > 1) zoom.reset();
    else zoom.zoomBy(2, ...fromMiddle(event.clientX, event.clientY));
    changed();
  });

  on('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') zoom.zoomBy(ZOOM_STEP);
    else if (event.key === '-') zoom.zoomBy(1 / ZOOM_STEP);
    else if (event.key === '0') zoom.reset();
    else if (event.key === 'ArrowLeft') zoom.panBy(PAN_KEY_PX, 0);
    else if (event.key === 'ArrowRight') zoom.panBy(-PAN_KEY_PX, 0);
    else if (event.key === 'ArrowUp') zoom.panBy(0, PAN_KEY_PX);
    else if (event.key === 'ArrowDown') zoom.panBy(0, -PAN_KEY_PX);
    else return;
    event.preventDefault();
    event.stopPropagation();
    changed();
  });
  return () => abort.abort();
}
