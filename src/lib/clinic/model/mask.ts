/**
 * Hides what a room's strip does not need of a patient's identity, before it leaves the browser. Safe to apply twice.
 */
export function maskName(name: string): string {
  const trimmed = name.trim().replace(/\s+/g, ' ');
  if (trimmed.includes('*')) return trimmed;
  // Not Chinese: the first letter of each part stays.
  if (/[A-Za-z\u00c0-\u024f]/.test(trimmed)) {
    return trimmed
      .split(' ')
      .map((part) => `${[...part][0] ?? ''}***`)
      .join(' ');
  }
  const letters = [...trimmed];
  if (letters.length < 2) return trimmed === '' ? '' : `${trimmed}*`;
  if (letters.length === 2) return `${letters[0]}*`;
  return `${letters[0]}${'*'.repeat(letters.length - 2)}${letters.at(-1)}`;
}

/** `****1234`: enough to tell two patients of one name apart, not enough to be somebody. */
export function maskId(id: string): string {
  const trimmed = id.trim();
  if (trimmed === '' || trimmed.startsWith('*')) return trimmed;
  const letters = [...trimmed];
  if (letters.length <= 4) return '*'.repeat(letters.length);
  return `****${letters.slice(-4).join('')}`;
}
