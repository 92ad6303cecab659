import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { chromium, type Browser, type Page } from 'playwright-core';
import { bundle } from '../../../../test/support/bundle.ts';
import type { TestRoom } from './test-room.ts';

/** A real Chromium with `page.ts` in it, on a page of localhost so that cameras work. */
export class BrowserPage {
  readonly page: Page;
  readonly errors: string[] = [];
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(browser: Browser, page: Page, server: Server) {
    this.#browser = browser;
    this.page = page;
    this.#server = server;
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async open(room: () => TestRoom): Promise<BrowserPage> {
    const script = await bundle(new URL('./page.ts', import.meta.url));
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(
        isScript ? script : '<!doctype html><title>sfu</title><script type="module" src="/page.js"></script>',
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        '--disable-dev-shm-usage',
      ],
    });
    const page = await browser.newPage();
    const opened = new BrowserPage(browser, page, server);
    await page.exposeFunction('hubRequest', (memberId: string, type: never, data: object) =>
      room().request(memberId, type, data),
    );
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction(() => 'harness' in window);
    return opened;
  }

  /** Calls one of the harness's functions in the page. */
  call<T>(name: string, ...values: unknown[]): Promise<T> {
    return this.page.evaluate(
      ([fn, args]) =>
        (window as unknown as { harness: Record<string, (...values: unknown[]) => unknown> }).harness[
          fn as string
        ]!(...(args as unknown[])),
      [name, values],
    ) as Promise<T>;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}
