import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reminder } from '../../storage/index.ts';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { DAY_MS } from '../time/testing/time-world.ts';
import { DeliveryFailed } from './channels/channel.ts';
import { LEASE_MS, MOST_ATTEMPTS } from './runner.ts';
import { reminderDay } from './testing/reminder-day.ts';

let world: ClinicWorld;
const { outside, runner, tellAll, anew } = reminderDay(() => world);
beforeAll(async () => {
  world = await startClinicWorld();
});
beforeEach(anew);
afterAll(() => world.stop());

describe('another system that does not answer', () => {
  let messages = 0;
  /** One message to it, due now. */
  async function oneMessage(): Promise<string> {
    const id = `r${++messages}`;
    await world.db.insert(reminder).values({
      id,
      dedupeKey: id,
      recipient: 'i_none',
      channel: 'webhook',
      kind: 'booking.made',
      data: {},
      dueAt: new Date(world.clock.nowMs),
    });
    return id;
  }
  const rowOf = async (id: string) => (await world.db.select().from(reminder).where(eq(reminder.id, id)))[0]!;

  it('is asked again ever more seldom, and given up at last', async () => {
    const id = await oneMessage();
    outside.answer = async () => {
      throw new DeliveryFailed('webhook: 503', { isFinal: false });
    };
    const waits: number[] = [];
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      await tellAll();
      const row = await rowOf(id);
      expect(row).toMatchObject({ attempts: attempt, lastError: 'webhook: 503' });
      waits.push(row.dueAt.getTime() - world.clock.nowMs);
      world.clock.nowMs = row.dueAt.getTime();
    }
    expect(waits.slice(0, 5)).toEqual([30_000, 120_000, 480_000, 1_920_000, 7_680_000]);
    expect((await rowOf(id)).state).toBe('failed');
    world.clock.nowMs += DAY_MS;
    await tellAll();
    expect(outside.left).toHaveLength(MOST_ATTEMPTS);
  });

  it('is told at last when it answers again', async () => {
    const id = await oneMessage();
    outside.answer = async () => {
      throw new Error('unforeseen');
    };
    await tellAll();
    expect(await rowOf(id)).toMatchObject({ state: 'waiting', lastError: 'the hub failed' });
    outside.answer = async () => undefined;
    world.clock.nowMs += 30_000;
    await tellAll();
    expect(await rowOf(id)).toMatchObject({ state: 'sent', lastError: null, attempts: 2 });
  });

  it('is told by another node when the one that had it died', async () => {
    const id = await oneMessage();
    let die: () => void = () => undefined;
    outside.answer = () => new Promise<void>((resolve) => (die = resolve));
    const dying = runner().runBatch();
    await expect.poll(() => outside.left.length).toBe(1);
    outside.answer = async () => undefined;
    await tellAll();
    expect(outside.left).toHaveLength(1); // not while the other has it
    world.clock.nowMs += LEASE_MS;
    await tellAll();
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2 });
    // What the first one says now is no longer its to say.
    die();
    await dying;
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2 });
  });

  it('hears nothing more of a try that took too long', async () => {
    const id = await oneMessage();
    const ends: { sent: () => void; failed: (error: Error) => void }[] = [];
    outside.answer = () => new Promise<void>((sent, failed) => void ends.push({ sent, failed }));
    const slow = runner().runBatch();
    await expect.poll(() => ends.length).toBe(1);
    world.clock.nowMs += LEASE_MS;
    const other = runner().runBatch();
    await expect.poll(() => ends.length).toBe(2);
    ends[0]!.failed(new DeliveryFailed('webhook: 503', { isFinal: false }));
    await slow;
    const heldUntil = new Date(world.clock.nowMs + LEASE_MS);
    expect(await rowOf(id)).toMatchObject({ attempts: 2, lastError: null, dueAt: heldUntil });
    ends[1]!.sent();
    await other;
    expect((await rowOf(id)).state).toBe('sent');
  });

  it('does not keep a cancelled message from staying cancelled', async () => {
    const id = await oneMessage();
    outside.answer = async () => {
      await world.db.update(reminder).set({ state: 'cancelled' }).where(eq(reminder.id, id));
      throw new DeliveryFailed('webhook: 503', { isFinal: false });
    };
    await tellAll();
    expect((await rowOf(id)).state).toBe('cancelled');
  });
});
