import { describe, expect, it } from 'vitest';
import { isLoopback, readSettings, SettingsError } from './settings.ts';

describe('settings', () => {
  it('have defaults that need nothing', () => {
    expect(readSettings({})).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', DEMO: true, LOG_LEVEL: 'info' });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['HOST', 'not a host'],
    ['DATABASE_URL', 'mysql://x'],
    ['REDIS_URL', 'http://x'],
    ['MEDIA_WORKERS', '0'],
    ['MEDIA_ANNOUNCED', '10.0.0.1,;rm'],
    ['LOG_LEVEL', 'loud'],
    ['DEMO', 'maybe'],
    ['NODE_ID', 'a b'],
    ['LEASE_TTL_MS', '1'],
    ['SMTP_URL', 'http://mail.example.org'],
    ['MAIL_FROM', 'a@b.example\r\nBcc: c@d.example'],
    ['TIME_ZONE', 'Mars/Olympus'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(SettingsError);
    expect(() => readSettings({ [name]: value })).toThrow(new RegExp(name));
  });

  it('refuses half a certificate', () => {
    expect(() => readSettings({ TLS_CERT: '/x.pem' })).toThrow(/TLS_KEY/);
  });

  it('refuses a mail server without a sender', () => {
    expect(() => readSettings({ SMTP_URL: 'smtp://mail.example.org' })).toThrow(/MAIL_FROM/);
    expect(() => readSettings({ MAIL_FROM: 'hub@example.org' })).toThrow(/SMTP_URL/);
  });

  it('knows loopback', () => {
    expect(['127.0.0.1', '127.1.2.3', 'localhost', '::1'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '192.168.0.1'].some(isLoopback)).toBe(false);
  });
});
