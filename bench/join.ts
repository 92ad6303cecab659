import { launchBrowser, logIn, openPerson } from '../test/support/browser.ts';
import type { HubProcess } from '../test/support/hub-process.ts';
import { summarise, type Summary } from './statistics.ts';

const RUNS = 10;

export interface JoinResult {
  unit: 'ms';
  /** Press of the lobby's button → first frame of the box's ultrasound picture is displayed. */
  clickToFirstRemoteFrame: Summary;
}

export async function measureJoin(hub: HubProcess): Promise<JoinResult> {
  const browser = await launchBrowser({ camera: 'full' });
  const tookMs: number[] = [];
  try {
    const { page } = await openPerson(browser);
    await logIn(page, hub.url, 'li', await hub.demoPassword());
    const link = await page.locator('a[href*="/rooms/"]').first().getAttribute('href');
    const roomId = link!.split('/').at(-1)!;
    for (let run = 0; run < RUNS; run++) {
      await page.goto(`${hub.url}/rooms/${roomId}`);
      const join = page.getByTestId('lobby-join');
      await join.waitFor({ timeout: 20_000 });
      // The lobby's own work (camera, microphone, network) is not part of it.
      await page.waitForTimeout(1500);
      tookMs.push(await join.evaluate(clickAndWait));
      await page.getByTestId('leave').click();
      await page.getByTestId('room-over').waitFor();
    }
  } finally {
    await browser.close();
  }
  return { unit: 'ms', clickToFirstRemoteFrame: summarise(tookMs) };
}

/** Runs in the page, so that the way of the click from here to there is not counted. */
function clickAndWait(button: Element): Promise<number> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    (button as HTMLElement).click();
    const look = () => {
      const video = document.querySelector<HTMLVideoElement>('[data-feed-id$=":probe"] video');
      if (!video) return void requestAnimationFrame(look);
      video.requestVideoFrameCallback((_now, { expectedDisplayTime }) =>
        resolve(expectedDisplayTime - startMs),
      );
    };
    look();
  });
}
