import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DOCUMENTS,
  emptySections,
  SECTIONED_KINDS,
  sectionTextSchema,
  unwritten,
  write,
} from './document-kinds.ts';
import { opinionTemplate } from './opinion-templates.ts';
import { SPECIALTIES } from '../../../signaling/contract/index.ts';

describe('a section', () => {
  it('never loses what its next writer has not seen, whoever writes when', () => {
    const change = fc.record({
      by: fc.constantFrom('one', 'two', 'three'),
      text: fc.constantFrom('', 'a', 'b', 'c'),
      looksFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let current = { text: '', version: 0, by: '', atMs: 0 };
        const seen = new Map<string, number>();
        for (const [atMs, { by, text, looksFirst }] of changes.entries()) {
          if (looksFirst) seen.set(by, current.version);
          const basedOn = seen.get(by) ?? 0;
          const outcome = write(current, { text, basedOn, by, atMs });
          if (outcome.outcome === 'conflict') {
            expect(basedOn).toBeLessThan(current.version);
            expect(outcome.current).toBe(current);
            continue;
          }
          // What is replaced was seen by who replaces it; the same text is no change, whoever saves it.
          if (outcome.section === current) expect(text).toBe(current.text);
          else expect([outcome.section.version, outcome.section.by]).toEqual([basedOn + 1, by]);
          current = outcome.section;
          if (text === current.text) seen.set(by, current.version);
        }
      }),
    );
  });

  it('takes text of any alphabet, also HTML as typed, up to its length', () => {
    for (const text of ['', '肝脏：\n未见异常', '<script>alert(1)</script>', 'a'.repeat(10_000)])
      expect(sectionTextSchema.parse(text)).toBe(text);
    for (const text of ['\u0000', 'a\u0007', 'a'.repeat(10_001), '\ud800', 5, null])
      expect(sectionTextSchema.safeParse(text).success).toBe(false);
  });
});

describe('a document', () => {
  it('has sections of its own, and knows which of them must not be empty', () => {
    for (const kind of SECTIONED_KINDS) {
      const ids = DOCUMENTS[kind].sections.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(DOCUMENTS[kind].writers).not.toEqual([]);
      expect(Object.keys(emptySections(kind))).toEqual(ids);
    }
    const sections = emptySections('opinion');
    expect(unwritten('opinion', sections)).toEqual(['findings', 'impression', 'advice']);
    const said = { ...sections['advice'], text: '随访' } as (typeof sections)[string];
    expect(unwritten('opinion', { ...sections, advice: said })).toEqual(['findings', 'impression']);
  });
});

describe('a template of the opinion', () => {
  it('is there for every specialty in both languages, for sections that exist', () => {
    const ids = DOCUMENTS.opinion.sections.map(({ id }) => id);
    for (const specialty of [...SPECIALTIES, null])
      for (const locale of ['zh-CN', 'en'] as const) {
        const template = opinionTemplate(specialty, locale);
        expect(Object.keys(template).every((id) => ids.includes(id))).toBe(true);
        for (const text of Object.values(template)) expect(sectionTextSchema.parse(text)).toBe(text);
        expect(template['findings']).toBeTruthy();
      }
    expect(opinionTemplate('ultrasound', 'zh-CN')['findings']).toContain('切面');
    expect(opinionTemplate('dermatology', 'zh-CN')).not.toEqual(opinionTemplate('cardiology', 'zh-CN'));
  });
});
