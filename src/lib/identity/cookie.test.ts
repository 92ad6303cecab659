import { expect, it } from 'vitest';
import { safeNext, sessionCookieOptions } from './cookie.ts';

it('sends people only to paths of this hub after logging in', () => {
  expect(safeNext('/rooms/r_1?tab=chat')).toBe('/rooms/r_1?tab=chat');
  for (const bad of [
    null,
    '',
    'rooms',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/a\\..\\..//evil.example',
    'javascript:alert(1)',
    `/${'a'.repeat(600)}`,
  ]) {
    expect(safeNext(bad), String(bad)).toBe('/');
  }
  for (const tricky of ['/..//evil.example', '/.//evil.example', '/a/..//evil.example']) {
    expect(new URL(safeNext(tricky), 'https://hub.example').host, tricky).toBe('hub.example');
  }
});

it('keeps the cookie from scripts and other sites', () => {
  expect(sessionCookieOptions(0, true)).toMatchObject({
    httpOnly: true,
    sameSite: 'lax',
    secure: true,
    path: '/',
  });
  expect(sessionCookieOptions(0, false).secure).toBe(false);
});
