import { setTimeout as sleep } from 'node:timers/promises';
import { BoxClock } from '../../edge-box/src/clock.ts';
import { BareHub } from '../../edge-box/src/engine/testing/bare-hub.ts';
import type { MediaSignals } from '../../edge-box/src/engine/engine.ts';
import { PUBLISHERS } from './publishers/index.ts';
import type { PublisherName } from './publishers/index.ts';
import { SLOT } from './publishers/publisher.ts';
import type { Recording } from './recording.ts';
import { Relay } from './relay.ts';
import type { LinkSample } from './relay-protocol.ts';
import type { LinkEvent, Scenario } from './scenario.ts';
import { LinkViewer } from './viewer.ts';

const ESTIMATE_EVERY_MS = 100;

/** One run: publisher → relay → a real SFU → a real Chromium on a clean path. Everything is started anew and ended again. */
export async function record(
  publisherName: PublisherName,
  scenario: Scenario,
  seed: number,
): Promise<Recording> {
  const clock = new BoxClock();
  await using stack = new AsyncDisposableStack();
  const hub = await BareHub.start();
  stack.defer(() => hub.close());
  const viewer = await LinkViewer.open(hub);
  stack.defer(() => viewer.close());
  const relay = Relay.start({ seed, link: scenario.start, clock });
  stack.defer(() => relay.close());

  const signals: MediaSignals = {
    ...relay.through(hub.signals),
    produce: async (request) => {
      const produced = await hub.signals.produce(request);
      const producer = hub.producers.get(request.slot);
      if (request.slot === SLOT && producer) await viewer.follow(producer);
      return produced;
    },
  };
  const publisher = PUBLISHERS[publisherName]({ clock, hub, signals });
  stack.defer(() => publisher.stop());
  await publisher.start();

  const startMs = clock.nowMs();
  const sinceStart = <T extends { atMs: number }>(one: T): T => ({ ...one, atMs: one.atMs - startMs });
  const samples: LinkSample[] = [];
  relay.onSamples((batch) => samples.push(...batch.map(sinceStart)));
  const estimates: Recording['estimates'] = [];
  const estimateTimer = setInterval(() => {
    const kbps = publisher.estimateKbps;
    if (kbps !== null) estimates.push({ atMs: clock.nowMs() - startMs, kbps });
  }, ESTIMATE_EVERY_MS);
  stack.defer(() => clearInterval(estimateTimer));
  for (const event of scenario.events) {
    await sleep(Math.max(0, startMs + event.atMs - clock.nowMs()));
    happen(relay, event);
  }
  await sleep(Math.max(0, startMs + scenario.durationMs - clock.nowMs()));
  const seen = await viewer.take();
  const frames = seen.map(sinceStart);
  const { publishedAtMs } = publisher;
  const firstSeenMs = seen[0]?.atMs;
  return {
    publisher: publisherName,
    scenario: scenario.name,
    seed,
    firstFrameMs: firstSeenMs !== undefined && publishedAtMs !== null ? firstSeenMs - publishedAtMs : null,
    frames,
    samples: [...samples],
    estimates,
  };
}

function happen(relay: Relay, event: LinkEvent): void {
  if (event.type === 'link') relay.link = event.link;
  else if (event.type === 'rebind') relay.rebind();
  else relay.movePath(event);
}
