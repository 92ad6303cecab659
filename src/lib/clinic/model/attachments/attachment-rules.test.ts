import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTACHMENT_TYPES, cleanName, declaredType } from './attachment-rules.ts';

describe('a file’s name', () => {
  it('keeps what people read, and loses what a system could stumble over', () => {
    for (const [name, type, clean] of [
      ['化验单.pdf', 'application/pdf', '化验单.pdf'],
      ['IMG_001.JPEG', 'image/jpeg', 'IMG_001.jpeg'],
      ['../../etc/passwd', 'text/plain', 'passwd.txt'],
      ['C:\\Users\\wang\\scan.png', 'image/png', 'scan.png'],
      ['invoice.exe', 'application/pdf', 'invoice.exe.pdf'],
      ['gpj\u202efdp.exe', 'image/jpeg', 'gpjfdp.exe.jpg'],
      ['a\r\nSet-Cookie: x.txt', 'text/plain', 'aSet-Cookie x.txt'],
      ['.htaccess', 'text/plain', 'htaccess.txt'],
      ['...', 'image/png', 'file.png'],
      ['<b>x</b>.png', 'image/png', 'b.png'],
      ['IM000001', 'application/dicom', 'IM000001.dcm'],
    ] as const)
      expect(cleanName(name, type)).toBe(clean);
  });

  it('is always usable, whatever it was', () => {
    const letter = fc.constantFrom(
      ...'/\\.:*?"<>| \t\r\n\0\u007f\u202e\u2028\ufeff\ud800aZ9-张é',
      '😀',
      '.pdf',
    );
    fc.assert(
      fc.property(
        fc.string({ unit: letter }),
        fc.constantFrom(...Object.keys(ATTACHMENT_TYPES)),
        (name, type) => {
          const clean = cleanName(name, type);
          expect(clean).not.toMatch(/[/\\\p{Cc}\p{Cf}"<>]/u);
          expect(clean).toMatch(/^[^.].*\.[a-z0-9]+$/u);
          expect([...clean].length).toBeLessThan(130);
          expect(ATTACHMENT_TYPES[type]).toContain(clean.split('.').at(-1));
          expect(cleanName(clean, type)).toBe(clean);
        },
      ),
    );
  });
});

it('a declared type is compared without its parameters and by one name', () => {
  expect(declaredType('Text/Plain; charset=utf-8')).toBe('text/plain');
  expect(declaredType('image/jpg')).toBe('image/jpeg');
  for (const unknown of ['', ' ', 'application/octet-stream']) expect(declaredType(unknown)).toBeNull();
});
