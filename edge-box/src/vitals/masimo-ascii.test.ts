import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMasimoLine } from './masimo-ascii.ts';

const line = (exceptions: string, values = 'SPO2=098% BPM=097 PI=03.60%'): string =>
  `02/22/16 22:47:45 SN=0000056661 ${values} SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- ALARM=0000 EXC=${exceptions}`;

describe('a line of Masimo ASCII 1', () => {
  it('gives saturation, pulse rate and perfusion index', () => {
    expect(parseMasimoLine(line('000800'))).toEqual([
      { metric: 'spo2', value: 98, quality: 'ok' },
      { metric: 'pulse-rate', value: 97, quality: 'ok' },
      { metric: 'perfusion-index', value: 3.6, quality: 'ok' },
    ]);
  });

  it.each([
    ['000020', 'lead-off'],
    ['000001', 'lead-off'],
    ['000808', 'artefact'],
    ['000C00', 'artefact'],
    ['000804', 'ok'],
  ])('says with exceptions %s that the quality is %s', (exceptions, quality) => {
    expect(parseMasimoLine(line(exceptions))?.[0]).toMatchObject({ quality });
  });

  it('has no value where the monitor shows dashes', () => {
    const readings = parseMasimoLine(line('000001', 'SPO2=---% BPM=--- PI=--.--%'));
    expect(readings?.map(({ value }) => value)).toEqual([NaN, NaN, NaN]);
  });

  it.each([
    ['empty', ''],
    ['cut short', line('000800').slice(0, -12)],
    ['begun in the middle', line('000800').slice(30)],
    ['with a broken number', line('000800', 'SPO2=0$8% BPM=097')],
    ['with a number twice as long', line('000800', 'SPO2=098098% BPM=097')],
  ])('is none when %s', (_, text) => {
    expect(parseMasimoLine(text)).toBeNull();
  });

  it('is never made of noise', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => parseMasimoLine(text) === null));
  });
});
