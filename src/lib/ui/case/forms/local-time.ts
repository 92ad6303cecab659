/** A moment as a `datetime-local` field writes it, in the zone of whoever fills it in. */
export function localTimeField(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment that such a field says; null while it is incomplete. */
export function momentOf(field: string): number | null {
  const ms = new Date(field).getTime();
  return Number.isFinite(ms) ? ms : null;
}
