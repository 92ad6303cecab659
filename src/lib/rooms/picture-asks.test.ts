import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PictureAsks } from './picture-asks.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const probe = { feedId: 'x_box:probe', memberId: 'x_box', slot: 'probe' };
function set() {
  const told: { to: string; askId: string; slot: string }[] = [];
  const asks = new PictureAsks('r_room', {
    bus: {
      notifyPrincipal: (to: string, notice: { data: unknown }) =>
        told.push({ to, ...(notice.data as { askId: string; slot: string }) }),
    } as never,
  });
  return { asks, told };
}

it('tells the box, and answers what the box says', async () => {
  const { asks, told } = set();
  const outcome = asks.ask(probe);
  expect(told).toEqual([{ to: 'x_box', askId: expect.any(String), slot: 'probe', roomId: 'r_room' }]);
  expect(asks.answered('x_other', told[0]!.askId, 'kept')).toBe(false);
  expect(asks.answered('x_box', told[0]!.askId, 'privacy')).toBe(true);
  expect(await outcome).toBe('privacy');
  expect(asks.answered('x_box', told[0]!.askId, 'kept')).toBe(false);
});

it('asks a box once for a picture, however many people want it', async () => {
  const { asks, told } = set();
  const outcomes = [
    asks.ask(probe),
    asks.ask(probe),
    asks.ask({ ...probe, feedId: 'x_box:scope', slot: 'scope' }),
  ];
  expect(told.map(({ slot }) => slot)).toEqual(['probe', 'scope']);
  asks.answered('x_box', told[0]!.askId, 'kept');
  asks.answered('x_box', told[1]!.askId, 'full');
  expect(await Promise.all(outcomes)).toEqual(['kept', 'kept', 'full']);
});

it('does not wait for ever', async () => {
  const { asks, told } = set();
  const outcome = asks.ask(probe);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await outcome).toBe('no-answer');
  expect(asks.answered('x_box', told[0]!.askId, 'kept')).toBe(false);
});
