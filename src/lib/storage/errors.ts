/** The error code of PostgreSQL or of the network below it, however deep a library wrapped it. */
function codeOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return null;
}

export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505';
}

/** Two rows that must not overlap do. */
export function isExclusionViolation(error: unknown): boolean {
  return codeOf(error) === '23P01';
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // a unix socket that is not there yet
]);

/** The database is away: it may be back later, and nobody did anything wrong. */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error);
  // 08: connection; 57P: shut down, starting up, crashed; 57014: took too long; 53300: too many connections.
  if (code) return NETWORK.has(code) || /^(08|57P)/.test(code) || code === '57014' || code === '53300';
  // pg's own errors of a lost or never opened connection have no code.
  for (let at = error; at instanceof Error; at = at.cause) {
    if (
      /connection (terminated|timeout)|connection error and is not queryable|timeout exceeded when trying to connect|Query read timeout/i.test(
        at.message,
      )
    )
      return true;
  }
  return false;
}
