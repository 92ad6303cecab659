import type { ErrorCode } from '../../signaling/contract/index.ts';

/** As the clinic's rules say; asked here so that nobody uploads two gigabytes in vain. */
const MOST_BYTES = 50 * 1024 * 1024;
/** Fifty megabytes at 250 kbit/s; what takes longer has stopped. */
const MOST_MS = 30 * 60_000;

/** Sends a file as it is; answers null, or why it was refused. `progress` hears which part of it has gone, 0 to 1. */
export function upload(url: string, file: File, progress: (part: number) => void): Promise<ErrorCode | null> {
  if (file.size > MOST_BYTES) return Promise.resolve('message_too_large');
  // fetch tells nothing of how far an upload is.
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.timeout = MOST_MS;
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('x-file-type', file.type);
    // Headers carry no Chinese.
    request.setRequestHeader('x-file-name', encodeURIComponent(file.name));
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      progress(total > 0 ? loaded / total : 0),
    );
    request.addEventListener('load', () => {
      if (request.status === 201) resolve(null);
      else resolve(codeOf(request.responseText));
    });
    request.addEventListener('error', () => resolve('unavailable'));
    request.addEventListener('timeout', () => resolve('timeout'));
    request.addEventListener('abort', () => resolve('unavailable'));
    request.send(file);
  });
}

function codeOf(text: string): ErrorCode {
  try {
    return (JSON.parse(text) as { code: ErrorCode }).code;
  } catch {
    return 'internal';
  }
}

/** `820 kB`, `4.1 MB`. */
export function sizeText(bytes: number): string {
  const kilobytes = bytes / 1000;
  return kilobytes < 1000
    ? `${Math.max(1, Math.round(kilobytes))} kB`
    : `${(kilobytes / 1000).toFixed(1)} MB`;
}
