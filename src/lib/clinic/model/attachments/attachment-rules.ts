/** What may be attached to a case, by its real type, and how its name then ends. The first ending is given to names without one. */
export const ATTACHMENT_TYPES: Readonly<Record<string, readonly string[]>> = {
  'application/pdf': ['pdf'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'application/dicom': ['dcm', 'dicom'],
  'video/mp4': ['mp4', 'm4v'],
  'text/plain': ['txt'],
};

/** Ours: a phone's video of a minute, a series of a few slices; whole studies go to the PACS. */
export const MOST_BYTES = 50 * 1024 * 1024;
export const MOST_ATTACHMENTS = 20;
export const PART_BYTES = 256 * 1024;
const MOST_NAME_LETTERS = 120;

/** Other names of the same types, as browsers and phones say them. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'application/x-pdf': 'application/pdf',
  'video/x-m4v': 'video/mp4',
};

/** The type without its parameters; null where the browser does not know (DICOM, mostly). */
export function declaredType(declared: string): string | null {
  const bare = declared.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (bare === '' || bare === 'application/octet-stream') return null;
  return ALIASES[bare] ?? bare;
}

/** Only what a file may be called anywhere: no path, no control or direction characters, an ending that says what it is. */
export function cleanName(name: string, mediaType: string): string {
  const last = name.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"<>:|?*]/gu, '')
    .replace(/\s+/gu, ' ')
    .replace(/^[. ]+|[. ]+$/gu, '');
  const endings = ATTACHMENT_TYPES[mediaType] ?? [];
  const dot = plain.lastIndexOf('.');
  const ending = dot > 0 ? plain.slice(dot + 1).toLowerCase() : '';
  const fits = endings.includes(ending);
  const kept = fits ? ending : (endings[0] ?? 'bin');
  const stem = [...(fits ? plain.slice(0, dot) : plain)].slice(0, MOST_NAME_LETTERS).join('');
  return `${stem === '' ? 'file' : stem}.${kept}`;
}
