import { setTimeout as delay } from 'node:timers/promises';
import { BoxClock } from '../../../edge-box/src/clock.ts';
import type { Engine, EngineConfig, MediaSignals } from '../../../edge-box/src/engine/engine.ts';
import type { EngineName, FromEngine, SignalMethod, ToEngine } from './engine-protocol.ts';

/** Runs one of the box's engines; what it asks of the hub goes to the bench and back. */
const STATS_EVERY_MS = 100;
const RETRY_MS = 250;
/** A box is up long before somebody calls it. */
const IDLE_BEFORE_MS = 2000;

const ENGINES: Record<EngineName, (config: EngineConfig, clock: BoxClock) => Promise<Engine>> = {
  native: async (config, clock) => {
    const { NativeEngine } = await import('../../../edge-box/src/engine/native/native-engine.ts');
    const { SpareFeeds } = await import('../../../edge-box/src/media/spare-feeds.ts');
    return new NativeEngine(config, clock, new SpareFeeds(config.video.length + (config.audio ? 1 : 0)));
  },
  libwebrtc: async (config, clock) => {
    const { LibwebrtcEngine } = await import('../../../edge-box/src/engine/libwebrtc/libwebrtc-engine.ts');
    return new LibwebrtcEngine(config, clock);
  },
};

const send = (message: FromEngine): void => {
  if (process.connected) process.send?.(message);
};

const calls = new Map<number, PromiseWithResolvers<unknown>>();
let calledTimes = 0;

const call =
  (method: SignalMethod) =>
  (...values: unknown[]): Promise<never> => {
    const id = ++calledTimes;
    const pending = Promise.withResolvers<unknown>();
    calls.set(id, pending);
    send({ type: 'call', id, method, values });
    return pending.promise as Promise<never>;
  };

const signals = {
  createTransport: call('createTransport'),
  connectTransport: call('connectTransport'),
  produce: call('produce'),
  produceData: call('produceData'),
  closeTransport: call('closeTransport'),
} satisfies MediaSignals;

let engine: Engine | undefined;

/** As the agent does: a lost path is opened anew until it is there. */
function reconnect(opened: Engine, media: MediaSignals): void {
  opened.connect(media).catch(() => setTimeout(() => reconnect(opened, media), RETRY_MS));
}

async function start(message: Extract<ToEngine, { type: 'start' }>): Promise<void> {
  const clock = new BoxClock(message.clock);
  const opened = await ENGINES[message.engine](message.config, clock);
  engine = opened;
  const media = { ...signals, routerRtpCapabilities: () => message.routerRtpCapabilities };
  await delay(IDLE_BEFORE_MS);
  send({ type: 'connecting', atMs: clock.nowMs() });
  await opened.connect(media);
  setInterval(() => send({ type: 'stats', stats: opened.stats() }), STATS_EVERY_MS);
  opened.on('lost', () => reconnect(opened, media));
  send({ type: 'connected' });
}

async function stop(): Promise<void> {
  await engine?.disconnect();
  // Past finalisers of native modules, which can crash on an orderly exit.
  process.kill(process.pid, 'SIGKILL');
}

process.on('message', (message: ToEngine) => {
  if (message.type === 'start') {
    start(message).catch((error: unknown) => send({ type: 'failed', reason: String(error) }));
  } else if (message.type === 'stop') void stop();
  else {
    const pending = calls.get(message.id);
    calls.delete(message.id);
    if (message.error === undefined) pending?.resolve(message.result);
    else pending?.reject(new Error(message.error));
  }
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('SIGINT', () => undefined);
