import { launchBrowser, logIn, openPerson } from '../test/support/browser.ts';
import type { HubProcess } from '../test/support/hub-process.ts';
import { decodedAges, pictureAges } from '../test/support/room-page.ts';
import { summarise, type Summary } from './statistics.ts';

const RUNS = 3;
const SAMPLES = 150;

export interface AgeResult {
  unit: 'ms';
  /** One summary a run, one viewer: capture (clock burnt into the picture) → decoded in Chromium, which is what the engines' first figures were. */
  decoded: Summary[];
  /** The same → on the screen, by Chromium's word. */
  displayed: Summary[];
}

export async function measureAge(hub: HubProcess): Promise<AgeResult> {
  const result: AgeResult = { unit: 'ms', decoded: [], displayed: [] };
  for (let run = 0; run < RUNS; run++) {
    const browser = await launchBrowser({ camera: 'full' });
    try {
      const { page } = await openPerson(browser);
      await logIn(page, hub.url, 'li', await hub.demoPassword());
      const link = await page.locator('a[href*="/rooms/"]').first().getAttribute('href');
      await page.goto(hub.url + link!);
      // Who looks on needs none: its encoder would be measured, too.
      await page.getByTestId('lobby-join-without-camera').click({ timeout: 20_000 });
      await page.getByTestId('room-stage').waitFor({ timeout: 20_000 });
      // The encoder climbs to its bitrate and the jitter buffer settles.
      await page.waitForTimeout(8000);
      result.displayed.push(summarise(await pictureAges(page, ':probe', SAMPLES)));
      result.decoded.push(summarise(await decodedAges(page, ':probe', SAMPLES)));
    } finally {
      await browser.close();
    }
  }
  return result;
}
