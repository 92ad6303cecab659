import type { types } from 'mediasoup';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { bundle } from '../../../../test/support/bundle.ts';
import type { BareHub } from './bare-hub.ts';
import type { Report } from './viewer-page.ts';

const CHROMIUM = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';

/** A real Chromium that consumes everything a `BareHub` has. */
export class Viewer {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly consumers: types.Consumer[] = [];

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  static async open(hub: BareHub): Promise<Viewer> {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-dev-shm-usage'],
    });
    const viewer = new Viewer(browser, await browser.newPage());
    try {
      await viewer.#consumeAll(hub);
      return viewer;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  async #consumeAll(hub: BareHub): Promise<void> {
    const transport = await hub.createTransport();
    const connect = (dtlsParameters: types.DtlsParameters) => transport.connect({ dtlsParameters });
    await this.#page.exposeFunction('hubConnect', connect);
    await this.#page.setContent('<!doctype html><title>viewer</title>');
    await this.#page.addScriptTag({ content: await bundle(new URL('./viewer-page.ts', import.meta.url)) });
    const routerRtpCapabilities = hub.router.rtpCapabilities;
    const rtpCapabilities = await this.#call<types.RtpCapabilities>(
      'receiveCapabilities',
      routerRtpCapabilities,
    );
    const consumers: unknown[] = [];
    for (const [slot, producer] of hub.producers) {
      const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities, paused: true });
      this.consumers.push(consumer);
      const { id, producerId, kind, rtpParameters } = consumer;
      consumers.push({ slot, id, producerId, kind, rtpParameters });
    }
    const dataConsumers: unknown[] = [];
    for (const { id: dataProducerId } of hub.dataProducers.values()) {
      const { id, sctpStreamParameters, label, protocol } = await transport.consumeData({ dataProducerId });
      dataConsumers.push({ id, dataProducerId, sctpStreamParameters, label, protocol });
    }
    const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport;
    await this.#call('view', {
      routerRtpCapabilities,
      transport: { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters },
      consumers,
      dataConsumers,
    });
    for (const consumer of this.consumers) await consumer.resume();
  }

  #call<T>(name: string, argument: unknown): Promise<T> {
    return this.#page.evaluate(
      ([fn, value]) => (window as unknown as Record<string, (v: unknown) => unknown>)[fn as string]?.(value),
      [name, argument],
    ) as Promise<T>;
  }

  report(): Promise<Report> {
    return this.#page.evaluate(() => (window as unknown as { report: Report }).report);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
