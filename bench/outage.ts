import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { connected } from '../test/support/connected.ts';
import { ERRORS, HubError } from '../src/lib/signaling/contract/index.ts';
import { adapterNode } from './signalling.ts';
import { openPair } from '../test/support/two-nodes.ts';

const OUTAGE_MS = 3000;
const BEFORE_MS = 1000;
const AFTER_MS = 4000;
const EVERY_MS = 250; // Four a second: within what our own chat limit lets a person write.

interface Delivery {
  acknowledged: number;
  arrived: number;
  lost: number;
  repeated: number;
}

export interface OutageResult {
  outageMs: number;
  rounds: { hub: Delivery; adapter: Delivery }[];
}

/**
 * Redis is stopped for three seconds while a sender goes on sending. Counted: what the sender was told is done, and what
 * of it a receiver on another node got. A sender that hears "not now" sends the same message again, as our page does.
 */
export async function measureOutage(rounds = 3): Promise<OutageResult> {
  // The adapter catches no rejection of its own publications; ours are caught (seen with this line away and no adapter).
  const adapterRejections = () => undefined;
  process.on('unhandledRejection', adapterRejections);
  try {
    return await measureRounds(rounds);
  } finally {
    process.off('unhandledRejection', adapterRejections);
  }
}

async function measureRounds(rounds: number): Promise<OutageResult> {
  const result: OutageResult = { outageMs: OUTAGE_MS, rounds: [] };
  for (let round = 0; round < rounds; round++) {
    const pair = await openPair();
    const nodes = await Promise.all([adapterNode(pair.redisUrl), adapterNode(pair.redisUrl)]);
    const [sender, receiver] = nodes.map((node) => io(node.url, { transports: ['websocket'] })) as [
      Socket,
      Socket,
    ];
    try {
      await Promise.all([connected(sender), connected(receiver)]);
      await sleep(500);
      const adapterArrived: string[] = [];
      receiver.on('event', ({ text }: { text: string }) => adapterArrived.push(text));
      const hubSent: Promise<string>[] = [];
      const adapterSent: Promise<string | null>[] = [];
      const outage = sleep(BEFORE_MS).then(() => pair.redis.restart(OUTAGE_MS));
      const endMs = performance.now() + BEFORE_MS + OUTAGE_MS + AFTER_MS;
      for (let number = 0; performance.now() < endMs; number++) {
        const text = String(number);
        hubSent.push(untilDone(pair.post, text));
        adapterSent.push(
          sender
            .timeout(5000)
            .emitWithAck('say', { text })
            .then(() => text)
            .catch(() => null),
        );
        await sleep(EVERY_MS);
      }
      await outage;
      const hubDone = await Promise.all(hubSent);
      const adapterDone = (await Promise.all(adapterSent)).filter((text) => text !== null);
      await sleep(2000);
      result.rounds.push({
        hub: compare(hubDone, pair.received),
        adapter: compare(adapterDone, adapterArrived),
      });
    } finally {
      sender.close();
      receiver.close();
      for (const node of nodes) await node.close();
      await pair.close();
    }
  }
  return result;
}

async function untilDone(
  post: (text: string, messageId: string) => Promise<void>,
  text: string,
): Promise<string> {
  const messageId = randomUUID();
  for (;;) {
    try {
      await post(text, messageId);
      return text;
    } catch (error) {
      if (error instanceof HubError && !ERRORS[error.code].retry) throw error;
      await sleep(300);
    }
  }
}

function compare(acknowledged: string[], arrived: string[]): Delivery {
  const distinct = new Set(arrived);
  return {
    acknowledged: acknowledged.length,
    arrived: distinct.size,
    lost: acknowledged.filter((text) => !distinct.has(text)).length,
    repeated: arrived.length - distinct.size,
  };
}
