/** What pages need to know of the session cookie. */
export const SESSION_COOKIE = 'rui_session';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The session token in a Cookie header; null when there is none of the right form. */
export function sessionTokenOf(cookieHeader: string | undefined | null): string | null {
  for (const part of (cookieHeader ?? '').split(';')) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === SESSION_COOKIE && value && TOKEN.test(value.trim())) return value.trim();
  }
  return null;
}

export function sessionCookieOptions(expiresAtMs: number, secure: boolean) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure, expires: new Date(expiresAtMs) } as const;
}

/** Where to go after logging in: a path of this hub and nothing else. */
export function safeNext(next: string | null | undefined): string {
  // Browsers read a backslash as a slash and drop line breaks: //host and /\host are other sites.
  if (!next || next.length > 512 || !/^\/(?![/\\])[^\\\s\p{Cc}]*$/u.test(next)) return '/';
  const base = 'http://hub.invalid';
  const url = new URL(next, base);
  // Dots may fold into two slashes at the start (`/..//host`): another site again.
  return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search : '/';
}
