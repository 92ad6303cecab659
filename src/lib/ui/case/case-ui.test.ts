import { expect, it } from 'vitest';
import { leadOf, offeredSteps, type CaseUi, type ShownCase } from './case-ui.ts';

const ui = {
  steps: {
    accept: { word: () => 'accept', look: 'primary' },
    amend: { word: () => 'amend' },
    byClock: { word: () => 'clock', look: 'hidden' },
    never: { word: () => 'never', look: 'primary', offered: () => false },
  },
} as Partial<CaseUi> as CaseUi;
const may = (...actions: string[]) => ({ actions }) as ShownCase;

it('offers what the person may do and the case as it stands allows', () => {
  const all = may('never', 'amend', 'accept', 'byClock');
  expect(offeredSteps(ui, all, null).map(([name]) => name)).toEqual(['accept', 'amend']);
});

it('has one primary button: what the panel asks, else a step, else the room', () => {
  expect(leadOf(ui, may('amend', 'accept'), null)).toBe('steps');
  expect(leadOf(ui, may('amend', 'never'), null)).toBe('room');
  expect(leadOf({ ...ui, panelLeads: () => true }, may('accept'), null)).toBe('panel');
});
