import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { bundle } from '../support/bundle.ts';

/** Nothing is fetched from it; pages of localhost may use WebCodecs. */
const ADDRESS = 'http://localhost/';

/** A Chromium of its own with one page in it that has `window.linkPage` of a TypeScript entry. */
export class PageHost {
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  static async open(entry: URL, exposed: Record<string, (...values: never[]) => unknown>): Promise<PageHost> {
    const script = await bundle(entry);
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-background-timer-throttling',
        '--disable-renderer-backgrounding',
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    try {
      const page = await browser.newPage();
      await page.route('**/*', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>link</title>' }),
      );
      for (const [name, answer] of Object.entries(exposed)) await page.exposeFunction(name, answer);
      await page.goto(ADDRESS);
      await page.addScriptTag({ content: script });
      return new PageHost(browser, page);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Calls a function of the page's `window.linkPage`. */
  call<T>(name: string, ...values: unknown[]): Promise<T> {
    return this.#page.evaluate(
      ([fn, args]) =>
        (window as unknown as { linkPage: Record<string, (...values: unknown[]) => unknown> }).linkPage[
          fn as string
        ]!(...(args as unknown[])),
      [name, values],
    ) as Promise<T>;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
