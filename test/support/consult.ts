import type { Browser } from 'playwright-core';
import { expect, vi } from 'vitest';
import { enterRoom, launchBrowser, logIn, openPerson, type Person } from './browser.ts';
import { HubProcess } from './hub-process.ts';
import { lookAt, tile } from './room-page.ts';
import { DEMO_FEEDS_SMALL } from './small-feeds.ts';
import { TcpRelay } from './tcp-relay.ts';

/** A demo hub with its box, and a rural doctor and a specialist in the same consult room, each in a browser context. */
export interface Consult {
  hub: HubProcess;
  browser: Browser;
  /** Between the specialist and the hub: cut it, and only signalling is gone. */
  relay: TcpRelay;
  wang: Person;
  li: Person;
  roomId: string;
  close(): Promise<void>;
}

export async function openConsult(environment: Record<string, string> = {}): Promise<Consult> {
  const hub = await HubProcess.start({ FEEDS: JSON.stringify(DEMO_FEEDS_SMALL), ...environment });
  const relay = await TcpRelay.to(hub.port);
  const browser = await launchBrowser();
  const wang = await openPerson(browser);
  const li = await openPerson(browser);
  const close = async () => {
    await browser.close();
    await relay.close();
    await hub.stop();
  };
  try {
    const password = await hub.demoPassword();
    await logIn(wang.page, hub.url, 'wang', password);
    await logIn(li.page, relay.url, 'li', password);
    const link = await wang.page.locator('a[href*="/rooms/"]').first().getAttribute('href');
    const roomId = link!.split('/').at(-1)!;
    await enterRoom(wang.page, hub.url, roomId);
    await enterRoom(li.page, relay.url, roomId);
    return { hub, browser, relay, wang, li, roomId, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The feeds that a person should see of the box and of the other person. */
export const EXPECTED = [':probe', ':room', ':camera'];

/** Waits until the person's pictures all move. */
export async function expectWhole(person: Person, timeoutMs = 30_000): Promise<void> {
  await vi.waitFor(
    async () => {
      for (const feed of EXPECTED)
        expect(await tile(person.page, feed).count(), `tile ${feed}`).toBeGreaterThan(0);
      const views = await Promise.all(EXPECTED.map((feed) => lookAt(person.page, feed)));
      for (const { feedId, frames, moved } of views) {
        expect(frames, `frames of ${feedId}`).toBeGreaterThan(1);
        expect(moved, `movement in ${feedId}`).toBeGreaterThan(0);
      }
    },
    { timeout: timeoutMs, interval: 500 },
  );
}
