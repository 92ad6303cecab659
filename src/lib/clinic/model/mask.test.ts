import { describe, expect, it } from 'vitest';
import { maskId, maskName } from './mask.ts';

describe('masking', () => {
  it.each([
    ['张丽华', '张*华'],
    ['张华', '张*'],
    ['欧阳丽华', '欧**华'],
    ['𠮷野家', '𠮷*家'],
    ['Jane  Smith', 'J*** S***'],
    ['张', '张*'],
    ['', ''],
  ])('name %s becomes %s', (name, masked) => {
    expect(maskName(name)).toBe(masked);
    expect(maskName(masked)).toBe(masked);
  });

  it.each([
    ['330102196301011234', '****1234'],
    ['E1234567X', '****567X'],
    ['1234', '****'],
    ['', ''],
  ])('id %s becomes %s', (id, masked) => {
    expect(maskId(id)).toBe(masked);
    expect(maskId(masked)).toBe(masked);
  });
});
