import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectWhole, openConsult, type Consult } from './support/consult.ts';
import { chatTexts, lookAt, say } from './support/room-page.ts';

let consult: Consult;
let lines = 0;
beforeAll(async () => {
  consult = await openConsult();
  await Promise.all([expectWhole(consult.wang), expectWhole(consult.li)]);
});
afterAll(() => consult?.close());

/** Each writes a line; both must end with every line, once, in the same order. */
async function bothWrite(): Promise<void> {
  lines += 2;
  await say(consult.wang.page, `第 ${lines - 1} 行`);
  await say(consult.li.page, `第 ${lines} 行`);
}

async function expectChatWhole(): Promise<void> {
  await vi.waitFor(
    async () => {
      const [one, other] = [await chatTexts(consult.wang.page), await chatTexts(consult.li.page)];
      const numbers = (texts: string[]) => texts.map((text) => Number(/第 (\d+) 行/.exec(text)?.[1]));
      expect(numbers(one)).toEqual(numbers(other));
      expect(numbers(one).toSorted((a, b) => a - b)).toEqual(Array.from({ length: lines }, (_, i) => i + 1));
    },
    { timeout: 30_000, interval: 300 },
  );
}

async function expectRoomWhole(): Promise<void> {
  await Promise.all([expectWhole(consult.wang, 45_000), expectWhole(consult.li, 45_000)]);
  await bothWrite();
  await expectChatWhole();
}

describe('the room is whole again without a click', () => {
  it('after a mediasoup worker was killed', async () => {
    await bothWrite();
    const workers = await consult.hub.descendants(/mediasoup-worker/);
    expect(workers.length).toBeGreaterThan(0);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await expectRoomWhole();
  });

  it('after the specialist had no signalling for 5 s, and the pictures went on meanwhile', async () => {
    consult.relay.cut();
    await say(consult.wang.page, `第 ${++lines} 行`);
    // Written into the dead line: it is kept and delivered when the line is back.
    await say(consult.li.page, `第 ${++lines} 行`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await lookAt(consult.li.page, ':probe')).frames).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    consult.relay.mend();
    await expectChatWhole();
    await expectRoomWhole();
  });

  it('after Redis was killed, and the pictures went on meanwhile', async () => {
    await bothWrite();
    const [pid] = await consult.hub.descendants(/redis-server/);
    process.kill(pid!, 'SIGKILL');
    await say(consult.li.page, `第 ${++lines} 行`);
    expect((await lookAt(consult.li.page, ':probe')).frames).toBeGreaterThan(1);
    await expectChatWhole();
    await expectRoomWhole();
  });

  it('after the hub was killed and started again', async () => {
    await bothWrite();
    await expectChatWhole();
    await consult.hub.kill('SIGKILL');
    await say(consult.li.page, `第 ${++lines} 行`);
    await consult.hub.startAgain();
    await expectRoomWhole();
  });

  it('after the hub was stopped in order and started again', async () => {
    await bothWrite();
    await expectChatWhole();
    await consult.hub.kill('SIGTERM');
    await consult.hub.startAgain();
    await expectRoomWhole();
  });
});
