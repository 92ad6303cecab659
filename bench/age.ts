import { enterRoom, launchBrowser, logIn, openPerson } from '../test/support/browser.ts';
import type { HubProcess } from '../test/support/hub-process.ts';
import { pictureAges } from '../test/support/room-page.ts';
import { summarise, type Summary } from './statistics.ts';

const RUNS = 3;
const SAMPLES = 150;

export interface AgeResult {
  unit: 'ms';
  /** One summary a run: capture (clock burnt into the picture) → display in Chromium, one viewer. */
  runs: Summary[];
}

export async function measureAge(hub: HubProcess): Promise<AgeResult> {
  const runs: Summary[] = [];
  for (let run = 0; run < RUNS; run++) {
    const browser = await launchBrowser({ camera: 'full' });
    try {
      const { page } = await openPerson(browser);
      await logIn(page, hub.url, 'li', await hub.demoPassword());
      const link = await page.locator('a[href*="/rooms/"]').first().getAttribute('href');
      await enterRoom(page, hub.url, link!.split('/').at(-1)!);
      // The encoder climbs to its bitrate and the jitter buffer settles.
      await page.waitForTimeout(8000);
      runs.push(summarise(await pictureAges(page, ':probe', SAMPLES)));
    } finally {
      await browser.close();
    }
  }
  return { unit: 'ms', runs };
}
