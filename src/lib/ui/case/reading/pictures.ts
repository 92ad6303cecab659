import { m } from '../../../paraglide/messages.js';
import type { ImageRef } from '../../../signaling/contract/index.ts';
import type { ShownAttachment } from '../../attachments/shown-attachment.ts';
import type { ShownSuggestion } from './extras.ts';

const isSame = (a: ImageRef, b: ImageRef): boolean =>
  a.kind === 'attachment'
    ? b.kind === 'attachment' && a.attachmentId === b.attachmentId
    : b.kind === 'capture' && a.boxId === b.boxId && a.outboxId === b.outboxId && a.number === b.number;

export function pictureName(image: ImageRef, attachments: readonly ShownAttachment[]): string {
  if (image.kind === 'capture') return m.reading_picture_capture({ number: image.number });
  return attachments.find(({ attachmentId }) => attachmentId === image.attachmentId)?.name ?? '—';
}

/** Where models point in a picture, as an SVG polygon's `points` in fractions of it; what somebody rejected is not pointed at. */
export function shapesIn(suggestions: readonly ShownSuggestion[], image: ImageRef): string[] {
  return suggestions.flatMap(({ region, decision }) => {
    if (!region || decision?.decision === 'rejected' || !isSame(region.image, image)) return [];
    const { shape } = region;
    if (shape.kind === 'polygon') return [shape.points.map(({ x, y }) => `${x},${y}`).join(' ')];
    const { x, y, width, height } = shape;
    return [`${x},${y} ${x + width},${y} ${x + width},${y + height} ${x},${y + height}`];
  });
}
