import { expect, it } from 'vitest';
import type { Region } from '../../../signaling/contract/index.ts';
import type { ShownSuggestion } from './extras.ts';
import { shapesIn } from './pictures.ts';

const picture = (attachmentId: string) => ({ kind: 'attachment', attachmentId }) as const;
const pointing = (region: Region | null, decision: ShownSuggestion['decision'] = null): ShownSuggestion => ({
  source: 'ai',
  suggestionId: 'suggestion',
  model: { name: '示范', version: '1' },
  finding: '结节',
  confidence: 0.5,
  region,
  receivedAtMs: 0,
  decision,
});
const box: Region = {
  image: picture('first'),
  shape: { kind: 'box', x: 0.25, y: 0.5, width: 0.25, height: 0.25 },
};

it('a box is drawn in its own picture, and in no other', () => {
  expect(shapesIn([pointing(box)], picture('first'))).toEqual(['0.25,0.5 0.5,0.5 0.5,0.75 0.25,0.75']);
  expect(shapesIn([pointing(box)], picture('second'))).toEqual([]);
  expect(shapesIn([pointing(null)], picture('first'))).toEqual([]);
});

it('what somebody rejected is not pointed at any more', () => {
  const decision = { decision: 'rejected', byName: null, atMs: 1 } as const;
  expect(shapesIn([pointing(box, decision)], picture('first'))).toEqual([]);
});
