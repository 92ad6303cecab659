import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPair, type Pair } from '../support/two-nodes.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await openPair();
});
afterAll(() => pair?.close());

describe('two hub nodes on one Redis and one PostgreSQL', () => {
  it('people on different nodes are in one room: events reach both, in order, once', async () => {
    for (let number = 0; number < 20; number++) await pair.post(`${number}`, crypto.randomUUID());
    await vi.waitFor(() =>
      expect(pair.received).toEqual(Array.from({ length: 20 }, (_, number) => `${number}`)),
    );
  });

  it('when the home stops, the other node takes the room over and the people there go on in it', async () => {
    const takenOver = pair.nextEvent('room.rehomed');
    await pair.stopHome();
    expect((await takenOver).epoch).toBeGreaterThan(1);
    const answer = await pair.askAsReceiver('room.join', {});
    expect(answer).toMatchObject({ ok: true, data: { outcome: 'joined' } });
    const { state } = (answer as unknown as { data: { state: { chat: { text: string }[] } } }).data;
    expect(state.chat.map(({ text }) => text)).toEqual(pair.received);
    expect(
      await pair.askAsReceiver('chat.send', { messageId: crypto.randomUUID(), text: '继续' }),
    ).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(pair.received.at(-1)).toBe('继续'));
  });
});
